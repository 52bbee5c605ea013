#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "http/request.h"
#include "session/session.h"

namespace resgate::api {

/// What services may learn of a client's HTTP request: see `session::Origin::handshake` ([REQ-6],
/// [HTTP-71]). `remote_address` is the client's, with its port.
std::string handshake_of(const http::Request& request, std::string_view remote_address);

/// The same of a request that is kept for it.
class LateHandshake final : public session::HandshakeSource {
  public:
    LateHandshake(http::Request&& request, std::string_view remote_address)
        : request_(std::move(request)), remote_address_(remote_address) {}

    std::string handshake() const override { return handshake_of(request_, remote_address_); }

  private:
    const http::Request request_;
    const std::string remote_address_;
};

}  // namespace resgate::api
