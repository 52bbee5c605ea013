#include "net/admission.h"

#include <cstring>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace resgate::net {
namespace {

PeerAddress peer(const char* host, std::uint16_t port = 1) {
    sockaddr_storage storage{};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&storage, &v4, sizeof v4);
    } else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&storage, &v6, sizeof v6);
    }
    return PeerAddress::from(storage);
}

// [OPS-11]
TEST(PeerAddress, WritesMappedIpv4AsIpv4) {
    EXPECT_EQ(peer("127.0.0.1", 8080).text(), "127.0.0.1:8080");
    EXPECT_EQ(peer("::ffff:10.1.2.3", 1).text(), "10.1.2.3:1");
    EXPECT_EQ(peer("::1", 65535).text(), "[::1]:65535");
    EXPECT_TRUE(peer("::ffff:10.1.2.3", 1).same_host(peer("10.1.2.3", 2)));
}

// [LMT-3]
TEST(Admission, CountsConnections) {
    Limits limits;
    limits.max_connections = 2;
    Admission admission(limits);
    EXPECT_EQ(admission.admit(peer("10.0.0.1")), "");
    EXPECT_EQ(admission.admit(peer("10.0.0.2")), "");
    EXPECT_EQ(admission.admit(peer("10.0.0.3")), "maxConnections");
    admission.release(peer("10.0.0.1"));
    EXPECT_EQ(admission.open(), 1U);
    EXPECT_EQ(admission.admit(peer("10.0.0.3")), "");
}

// [LMT-4]
TEST(Admission, CountsConnectionsOfOneAddressWhateverThePort) {
    Limits limits;
    limits.max_connections_per_address = 1;
    Admission admission(limits);
    EXPECT_EQ(admission.admit(peer("10.0.0.1", 1)), "");
    EXPECT_EQ(admission.admit(peer("10.0.0.1", 2)), "maxConnectionsPerAddress");
    EXPECT_EQ(admission.admit(peer("10.0.0.2", 1)), "");
    admission.release(peer("10.0.0.1", 1));
    EXPECT_EQ(admission.admit(peer("10.0.0.1", 3)), "");
}

TEST(Admission, HasNoLimitsByDefault) {
    const Limits limits;
    Admission admission(limits);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(admission.admit(peer("10.0.0.1")), "");
    }
}

}  // namespace
}  // namespace resgate::net
