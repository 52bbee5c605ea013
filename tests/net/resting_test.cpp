// Loops whose descriptors another loop waits for, while they have little to do.

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/admission.h"
#include "net/clients.h"
#include "net/echo_server.h"
#include "net/event_loop.h"

namespace resgate::net {
namespace {

using namespace std::chrono_literals;

/// One end of a connected pair that is watched by a loop; the other one is `peer`.
struct Watched : Pollable {
    Watched() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        own.reset(ends[0]);
        peer.reset(ends[1]);
    }

    virtual ~Watched() = default;

    /// On the loop's thread.
    void watch(EventLoop& loop) {
        EXPECT_TRUE(
            loop.poller().watch(own.get(), Poller::Interest::none, Poller::Interest::input, *this));
    }

    void send() { EXPECT_EQ(::write(peer.get(), "x", 1), 1); }

    void on_ready(bool, bool) override {
        char byte = 0;
        if (::read(own.get(), &byte, 1) == 1 && on_byte) {
            on_byte();
        }
    }

    std::function<void()> on_byte;
    FileDescriptor own;
    FileDescriptor peer;
};

struct Resting : testing::Test {
    Resting() {
        guest.rest_with(host);
        host.start();
        guest.start();
        host_thread = thread_of(host);
        guest_thread = thread_of(guest);
        run(guest, [this] { watched.watch(guest); });
    }

    ~Resting() override {
        guest.stop();
        host.stop();
    }

    static void run(EventLoop& loop, const std::function<void()>& call) {
        std::promise<void> done;
        loop.post([&] {
            call();
            done.set_value();
        });
        done.get_future().get();
    }

    static std::thread::id thread_of(EventLoop& loop) {
        std::thread::id id;
        run(loop, [&] { id = std::this_thread::get_id(); });
        return id;
    }

    /// The thread on which the guest sees input. `call` is made there.
    std::thread::id input_is_seen_by(const std::function<void()>& call = {}) {
        std::promise<std::thread::id> thread;
        watched.on_byte = [&] {
            EXPECT_TRUE(guest.in_loop_thread());
            EXPECT_FALSE(guest.visited());
            if (call) {
                call();
            }
            thread.set_value(std::this_thread::get_id());
        };
        watched.send();
        return thread.get_future().get();
    }

    /// Waits for the guest's own thread to have nothing to do, and sees where input goes then.
    void expect_input_at_last_by(std::thread::id expected, const std::function<void()>& call = {}) {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (input_is_seen_by() != expected && std::chrono::steady_clock::now() < end) {
        }
        EXPECT_EQ(input_is_seen_by(call), expected);
    }

    std::thread::id host_thread;
    std::thread::id guest_thread;
    Watched watched;
    EventLoop host{"host"};
    EventLoop guest{"guest"};
};

TEST_F(Resting, HasTheHostHandleInput) {
    expect_input_at_last_by(host_thread);
}

TEST_F(Resting, HasTheOwnThreadHandleWhatMayTakeLong) {
    expect_input_at_last_by(host_thread);
    int on_own_thread = 0;
    for (int i = 0; i < 100; ++i) {
        std::promise<std::thread::id> thread;
        host.post([&] { guest.post([&] { thread.set_value(std::this_thread::get_id()); }); });
        on_own_thread += thread.get_future().get() == guest_thread ? 1 : 0;
    }
    // If it was just about to rest, the host may have been quicker.
    EXPECT_GT(on_own_thread, 50);
    expect_input_at_last_by(host_thread);
}

TEST_F(Resting, HasTheHostMakeBriefCalls) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    std::thread::id thread;
    while (thread != host_thread && std::chrono::steady_clock::now() < end) {
        std::promise<std::thread::id> seen;
        host.post([&] { guest.post_brief([&] { seen.set_value(std::this_thread::get_id()); }); });
        thread = seen.get_future().get();
    }
    EXPECT_EQ(thread, host_thread);
}

TEST_F(Resting, EndsWhenItMayNot) {
    expect_input_at_last_by(host_thread);
    guest.let_rest(false);
    expect_input_at_last_by(guest_thread);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(input_is_seen_by(), guest_thread);
    }
    guest.let_rest(true);
    expect_input_at_last_by(host_thread);
}

TEST_F(Resting, MakesTimersFireOnTheirTime) {
    std::promise<void> fired;
    const auto begin = std::chrono::steady_clock::now();
    expect_input_at_last_by(host_thread,
                            [&] { guest.timers().start(5ms, [&] { fired.set_value(); }); });
    fired.get_future().get();
    EXPECT_GE(std::chrono::steady_clock::now(), begin + 5ms);
    expect_input_at_last_by(host_thread);
}

TEST_F(Resting, MakesTimersWithoutDelayFireAtOnce) {
    std::promise<std::thread::id> thread;
    expect_input_at_last_by(host_thread, [&] {
        guest.timers().start(0ms, [&] { thread.set_value(std::this_thread::get_id()); });
    });
    EXPECT_EQ(thread.get_future().get(), host_thread);
}

TEST_F(Resting, LeavesWhatPostsForEverToTheOwnThread) {
    std::promise<std::thread::id> thread;
    int calls = 0;
    std::function<void()> again = [&] {
        if (++calls == 1000) {
            thread.set_value(std::this_thread::get_id());
        } else {
            guest.post(again);
        }
    };
    expect_input_at_last_by(host_thread, again);
    EXPECT_EQ(thread.get_future().get(), guest_thread);
}

TEST_F(Resting, LosesNothingPostedMeanwhile) {
    std::atomic<int> seen = 0;
    std::promise<void> all;
    constexpr int count = 20000;
    const auto call = [&] {
        if (++seen == count) {
            all.set_value();
        }
    };
    // One by one, from a thread of no loop and from the host, while input comes.
    for (int i = 0; i < count / 2; ++i) {
        guest.post(call);
        host.post([&] { guest.post_brief(call); });
        if (i % 100 == 0) {
            input_is_seen_by();
        }
    }
    all.get_future().get();
    EXPECT_EQ(seen, count);
}

TEST_F(Resting, MayEndBothLoops) {
    expect_input_at_last_by(host_thread, [&] {
        guest.stop();
        host.stop();
    });
}

// Run under the address sanitizer as well.
TEST_F(Resting, EndsConnections) {
    Limits limits;
    Observations observations;
    EchoHandler handler(observations);
    Admission admission(limits);
    std::optional<Clients> clients;
    run(guest, [&] { clients.emplace(guest, limits, handler, admission); });
    for (int i = 0; i < 200; ++i) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        const FileDescriptor peer(ends[1]);
        run(host, [&] { clients->adopt(FileDescriptor(ends[0]), PeerAddress()); });
        constexpr std::string_view request = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
        EXPECT_EQ(::write(peer.get(), request.data(), request.size()),
                  static_cast<ssize_t>(request.size()));
        // In one turn with the input, or behind it.
        run(host, [&] { guest.post_brief([&] { clients->abort("by the host"); }); });
        run(host, [] {});   // behind the turn that handed that over,
        run(guest, [] {});  // and behind the one that ended the connection
        std::size_t left = 1;
        run(guest, [&] { left = clients->size(); });
        EXPECT_EQ(left, 0U);
    }
    guest.stop();
    host.stop();
}

}  // namespace
}  // namespace resgate::net
