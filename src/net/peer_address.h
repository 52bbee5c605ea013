#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <sys/socket.h>

namespace resgate::net {

/// Address and port of a client; IPv4 addresses are kept in their IPv6-mapped form.
struct PeerAddress {
    std::array<std::uint8_t, 16> bytes{};
    std::uint16_t port = 0;

    static PeerAddress from(const sockaddr_storage& address);

    /// `ip:port`, or `[ip]:port` for IPv6; mapped IPv4 is written as IPv4 ([OPS-11]).
    std::string text() const;

    bool same_host(const PeerAddress& other) const { return bytes == other.bytes; }
};

}  // namespace resgate::net
