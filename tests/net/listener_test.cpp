#include "net/listener.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "net/echo_server.h"
#include "support/raw_client.h"

namespace resgate::net {
namespace {

using test::RawClient;

bool host_has_ipv6() {
    const int socket = ::socket(AF_INET6, SOCK_STREAM, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const bool bound =
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return bound;
}

// [OPS-10], [OPS-11]
TEST(Listener, ListensOnBothFamiliesForAllAddresses) {
    for (const std::string address : {"", "0.0.0.0", "::"}) {
        EventLoop loop("listen");
        Listener listener(loop, {});
        ASSERT_EQ(listener.start(address, 0), std::nullopt) << address;
        EXPECT_TRUE(RawClient(listener.port()).connected()) << address;
        if (host_has_ipv6()) {
            EXPECT_TRUE(RawClient(listener.port(), 0, true).connected()) << address;
        }
    }
}

TEST(Listener, ListensOnOneAddressOnly) {
    EventLoop loop("listen");
    Listener listener(loop, {});
    ASSERT_EQ(listener.start("127.0.0.1", 0), std::nullopt);
    EXPECT_TRUE(RawClient(listener.port()).connected());
    EXPECT_FALSE(RawClient(listener.port(), 0, true).connected());
}

// [OPS-6]
TEST(Listener, TellsWhenThePortIsTaken) {
    EventLoop loop("listen");
    Listener first(loop, {});
    ASSERT_EQ(first.start("127.0.0.1", 0), std::nullopt);
    Listener second(loop, {});
    const std::string port = std::to_string(first.port());
    EXPECT_EQ(second.start("127.0.0.1", first.port()),
              "listen tcp 127.0.0.1:" + port + ": bind: address already in use");
    EXPECT_EQ(second.start("", first.port()),
              "listen tcp :" + port + ": bind: address already in use");
    EXPECT_EQ(second.start("nowhere", 1), "listen tcp nowhere:1: not a numeric address");
}

TEST(Listener, StopsAcceptingButKeepsConnections) {
    Limits limits;
    Admission admission(limits);
    Observations observations;
    EchoHandler handler(observations);
    EventLoop loop("listen");
    Clients clients(loop, limits, handler, admission);
    Listener listener(loop, {&clients});
    ASSERT_EQ(listener.start("127.0.0.1", 0), std::nullopt);
    loop.start();
    RawClient client(listener.port());
    EXPECT_EQ(client.get("/a").status, 200);
    std::promise<void> stopped;
    loop.post([&] {
        listener.stop();
        listener.stop();
        stopped.set_value();
    });
    stopped.get_future().get();
    EXPECT_FALSE(RawClient(listener.port()).connected());
    EXPECT_EQ(client.get("/b").status, 200);
    loop.stop();
}

// [LMT-3]: without descriptors connections are closed at once, and later ones served again
TEST(Listener, SurvivesRunningOutOfDescriptors) {
    EchoServer server;
    RawClient before(server.port());
    EXPECT_EQ(before.get("/a").status, 200);
    RawClient refused(server.port());
    EXPECT_EQ(refused.get("/a").status, 200);
    rlimit original{};
    getrlimit(RLIMIT_NOFILE, &original);
    rlimit tight = original;
    tight.rlim_cur = 3;  // below what is open already: nothing new can be opened
    // The client's socket must exist before.
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    setrlimit(RLIMIT_NOFILE, &tight);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(before.get("/b").status, 200);
    setrlimit(RLIMIT_NOFILE, &original);
    RawClient after(server.port());
    EXPECT_EQ(after.get("/a").status, 200);
    ::close(socket);
}

}  // namespace
}  // namespace resgate::net
