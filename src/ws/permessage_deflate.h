#pragma once

#include <cstdint>
#include <string>

#include "http/request.h"

/// The extension permessage-deflate (RFC 7692), as far as the handshake goes. Each message is
/// compressed on its own in both directions: neither side keeps anything between two messages.
namespace resgate::ws {

/// What was agreed: nothing, or how far back what the gateway sends may refer. Clients always may
/// use the largest window.
struct DeflateAgreement {
    /// The base-2 logarithm of the window, 9 to 15; 0 = no compression.
    std::uint8_t window_bits = 0;

    explicit operator bool() const { return window_bits != 0; }

    bool operator==(const DeflateAgreement&) const = default;
};

/// The first acceptable offer of the client, in the order of the headers ([WS-31], [WS-32]).
DeflateAgreement agree_on_deflate(const http::HeaderLines& headers);

/// The value of `Sec-WebSocket-Extensions` in the answer. There is an agreement.
std::string deflate_answer(DeflateAgreement agreement);

}  // namespace resgate::ws
