#include "net/peer_address.h"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace resgate::net {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

PeerAddress PeerAddress::from(const sockaddr_storage& address) {
    PeerAddress peer;
    if (address.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::memcpy(peer.bytes.data(), &v6.sin6_addr, peer.bytes.size());
        peer.port = ntohs(v6.sin6_port);
    } else if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        std::copy(mapped_prefix.begin(), mapped_prefix.end(), peer.bytes.begin());
        std::memcpy(peer.bytes.data() + mapped_prefix.size(), &v4.sin_addr, sizeof v4.sin_addr);
        peer.port = ntohs(v4.sin_port);
    }
    return peer;
}

std::string PeerAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> host{};
    const bool v4 = std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
    if (v4) {
        inet_ntop(AF_INET, bytes.data() + mapped_prefix.size(), host.data(), host.size());
        return std::string(host.data()) + ":" + std::to_string(port);
    }
    inet_ntop(AF_INET6, bytes.data(), host.data(), host.size());
    return "[" + std::string(host.data()) + "]:" + std::to_string(port);
}

}  // namespace resgate::net
