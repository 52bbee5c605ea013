#include "net/poller.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/file_descriptor.h"

namespace resgate::net {
namespace {

using namespace std::chrono_literals;
using Interest = Poller::Interest;

/// One end of a connection that is waited for; the test has the other.
struct Watched final : Pollable {
    Watched() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        ours = FileDescriptor(ends[0]);
        peer = FileDescriptor(ends[1]);
    }

    void on_ready(bool input, bool output) override {
        inputs += input ? 1 : 0;
        outputs += output ? 1 : 0;
    }

    void drain() {
        std::array<char, 4096> room{};
        while (::read(ours.get(), room.data(), room.size()) > 0) {
        }
    }

    void fill() {
        const std::array<char, 4096> bytes{};
        while (::write(ours.get(), bytes.data(), bytes.size()) > 0) {
        }
    }

    FileDescriptor ours;
    FileDescriptor peer;
    int inputs = 0;
    int outputs = 0;
};

struct PollerTest : testing::Test {
    /// One turn of a loop.
    void turn() {
        poller.wait(0);
        poller.tell();
    }

    void watch(Watched& watched, Interest before, Interest now) {
        EXPECT_TRUE(poller.watch(watched.ours.get(), before, now, watched));
    }

    Poller poller;
};

TEST_F(PollerTest, TellsOfInputInEachTurnUntilItIsRead) {
    Watched watched;
    watch(watched, Interest::none, Interest::input);
    turn();
    EXPECT_EQ(watched.inputs, 0);
    ASSERT_EQ(::write(watched.peer.get(), "x", 1), 1);
    turn();
    turn();
    EXPECT_EQ(watched.inputs, 2);
    watched.drain();
    turn();
    EXPECT_EQ(watched.inputs, 2);
    EXPECT_EQ(watched.outputs, 0);
}

TEST_F(PollerTest, EndsTheWaitingOnceForEachInterruption) {
    const auto interrupted = [this] {
        const auto begin = std::chrono::steady_clock::now();
        poller.wait(20);
        return std::chrono::steady_clock::now() - begin < 20ms;
    };
    poller.interrupt();
    EXPECT_TRUE(interrupted());
    EXPECT_FALSE(interrupted());
    poller.interrupt();
    poller.interrupt();
    EXPECT_TRUE(interrupted());
    EXPECT_FALSE(interrupted());
}

TEST_F(PollerTest, ForgetsADescriptorThatStaysOpen) {
    Watched watched;
    watch(watched, Interest::none, Interest::input);
    ASSERT_EQ(::write(watched.peer.get(), "x", 1), 1);
    poller.forget(watched.ours.get());
    turn();
    EXPECT_EQ(watched.inputs, 0);
    watch(watched, Interest::none, Interest::input);
    turn();
    EXPECT_EQ(watched.inputs, 1);
}

TEST_F(PollerTest, TellsOfRoomForOutputOnlyIfThatIsWaitedFor) {
    Watched watched;
    watch(watched, Interest::none, Interest::input);
    turn();
    EXPECT_EQ(watched.outputs, 0);
    watched.fill();
    watch(watched, Interest::input, Interest::both);
    turn();
    EXPECT_EQ(watched.outputs, 0);
    std::array<char, 65536> room{};
    while (::read(watched.peer.get(), room.data(), room.size()) > 0) {
    }
    turn();
    EXPECT_EQ(watched.outputs, 1);
    watch(watched, Interest::both, Interest::input);
    turn();
    EXPECT_EQ(watched.outputs, 1);
}

TEST_F(PollerTest, TellsOfALostPeerAsWhatIsWaitedFor) {
    Watched watched;
    watched.fill();
    watch(watched, Interest::none, Interest::output);
    watched.peer.reset();
    turn();
    EXPECT_EQ(watched.outputs, 1);
}

TEST_F(PollerTest, TellsThoseWithoutOtherInterestOnceThatThePeerHasGone) {
    Watched watched;
    watch(watched, Interest::none, Interest::both);
    watch(watched, Interest::both, Interest::loss);
    ASSERT_EQ(::write(watched.peer.get(), "x", 1), 1);
    turn();
    EXPECT_EQ(watched.inputs + watched.outputs, 0);
    watched.peer.reset();
    turn();
    turn();
    EXPECT_EQ(watched.inputs, 1);
    EXPECT_EQ(watched.outputs, 1);
    watch(watched, Interest::loss, Interest::input);
    turn();
    EXPECT_EQ(watched.inputs, 2);
}

TEST_F(PollerTest, ForgetsADescriptorThatIsClosed) {
    Watched watched;
    watch(watched, Interest::none, Interest::input);
    ASSERT_EQ(::write(watched.peer.get(), "x", 1), 1);
    watched.ours.reset();
    turn();
    EXPECT_EQ(watched.inputs, 0);
}

TEST_F(PollerTest, GetsRoundToEverybodyInAFewTurns) {
    std::vector<Watched> all(600);
    for (Watched& watched : all) {
        watch(watched, Interest::none, Interest::input);
        ASSERT_EQ(::write(watched.peer.get(), "x", 1), 1);
    }
    for (int i = 0; i < 3; ++i) {
        turn();
    }
    for (const Watched& watched : all) {
        EXPECT_GE(watched.inputs, 1);
    }
}

TEST_F(PollerTest, SaysSoWhenTheSystemRefuses) {
    Watched watched;
    watched.ours.reset();
    EXPECT_FALSE(poller.watch(-1, Interest::none, Interest::input, watched));
}

}  // namespace
}  // namespace resgate::net
