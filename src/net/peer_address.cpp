#include "net/peer_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace resgate::net {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void append_number(std::string& out, unsigned number) {
    std::array<char, 10> digits;
    out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}

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
    std::string text;
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin())) {
        // By hand: it is written for each HTTP request, and inet_ntop goes through sprintf.
        for (std::size_t i = mapped_prefix.size(); i < bytes.size(); ++i) {
            append_number(text, bytes[i]);
            text += i + 1 < bytes.size() ? '.' : ':';
        }
    } else {
        std::array<char, INET6_ADDRSTRLEN> host{};
        inet_ntop(AF_INET6, bytes.data(), host.data(), host.size());
        text.append("[").append(host.data()).append("]:");
    }
    append_number(text, port);
    return text;
}

}  // namespace resgate::net
