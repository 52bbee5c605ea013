#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/origin.h"
#include "http/request.h"
#include "http/response.h"
#include "ws/permessage_deflate.h"

namespace resgate::ws {

/// An upgrade request that passed all checks: what the answer needs.
struct Handshake {
    std::string accept;  ///< value of `Sec-WebSocket-Accept`
    DeflateAgreement deflate{};
};

/// Whether offers of permessage-deflate are looked at ([WS-30]).
enum class Compression : std::uint8_t { off, on };

/// Why an upgrade is refused ([WS-3], [WS-5]).
struct Refusal {
    int status;               ///< 400, 403 or 405
    std::string_view reason;  ///< for the log
};

/// The checks of [WS-3], in order.
Result<Handshake, Refusal> check_handshake(const http::Request& request,
                                           const http::AllowedOrigins& origins,
                                           Compression compression = Compression::off);

/// The response to a refused handshake ([WS-4]).
http::Response refusal_response(const Refusal& refusal);

/// Headers of the 101 response ([WS-6]), before those that meta adds.
http::Headers switching_headers(const Handshake& handshake);

/// `Sec-WebSocket-Accept` for a key (RFC 6455, 4.2.2).
std::string accept_key(std::string_view key);

}  // namespace resgate::ws
