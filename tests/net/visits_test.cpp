// Turns of a loop that are taken by the thread of another one, while it waits.

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

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

struct Visits : testing::Test {
    Visits() {
        host.start();
        guest.start();
    }

    ~Visits() override {
        guest.stop();
        host.stop();
    }

    static std::thread::id thread_of(EventLoop& loop) {
        std::promise<std::thread::id> id;
        loop.post([&] { id.set_value(std::this_thread::get_id()); });
        return id.get_future().get();
    }

    /// Has the guest make calls of the host until a visit makes one, which then makes `call` as
    /// well. A host that is not asleep yet makes them itself.
    void visit(const std::function<void()>& call) {
        const std::thread::id guest_thread = thread_of(guest);
        const auto end = std::chrono::steady_clock::now() + 10s;
        bool visited = false;
        while (!visited && std::chrono::steady_clock::now() < end) {
            std::promise<void> done;
            guest.post([&] {
                host.post_brief([&] {
                    visited = host.visited();
                    EXPECT_EQ(visited, std::this_thread::get_id() == guest_thread);
                    if (visited) {
                        call();
                    }
                });
                // After the visit, which is made at the end of a turn.
                guest.timers().start(0ms, [&] { host.post([&] { done.set_value(); }); });
            });
            done.get_future().get();
        }
        EXPECT_TRUE(visited);
    }

    std::atomic<int> hooks = 0;  ///< for as long as the host
    EventLoop host{"host"};
    EventLoop guest{"guest"};
};

TEST_F(Visits, AreMadeToALoopThatSleeps) {
    const std::thread::id guest_thread = thread_of(guest);
    host.post([&] {
        host.at_end_of_turn(
            [this, guest_thread] { hooks += std::this_thread::get_id() == guest_thread ? 1 : 0; });
    });
    visit([&] {
        EXPECT_TRUE(host.in_loop_thread());
        EXPECT_FALSE(guest.in_loop_thread());
    });
    thread_of(host);
    EXPECT_EQ(hooks, 1);
}

TEST_F(Visits, AreNotMadeForCallsThatMayTakeLong) {
    for (int i = 0; i < 200; ++i) {
        std::promise<bool> visited;
        guest.post([&] {
            host.post_brief([] {});
            host.post([&] { visited.set_value(host.visited()); });
        });
        EXPECT_FALSE(visited.get_future().get());
    }
}

TEST_F(Visits, AreNotMadeWhereSeveralLoopsHaveSomethingToDo) {
    EventLoop third("third");
    third.start();
    for (int i = 0; i < 200; ++i) {
        std::promise<bool> host_visited;
        std::promise<bool> third_visited;
        guest.post([&] {
            host.post_brief([&] { host_visited.set_value(host.visited()); });
            third.post_brief([&] { third_visited.set_value(third.visited()); });
        });
        EXPECT_FALSE(host_visited.get_future().get());
        EXPECT_FALSE(third_visited.get_future().get());
    }
    third.stop();
}

TEST_F(Visits, AreNotMadeByVisitors) {
    EventLoop third("third");
    third.start();
    std::promise<bool> visited;
    visit([&] { third.post_brief([&] { visited.set_value(third.visited()); }); });
    EXPECT_FALSE(visited.get_future().get());
    third.stop();
}

TEST_F(Visits, LeaveTimersToTheOwnThread) {
    std::promise<std::thread::id> first;
    std::promise<std::thread::id> second;
    visit([&] {
        host.timers().start(0ms, [&] { first.set_value(std::this_thread::get_id()); });
        host.timers().start(5ms, [&] { second.set_value(std::this_thread::get_id()); });
    });
    // Nothing else would have woken it up before the end of the test's patience.
    const std::thread::id host_thread = first.get_future().get();
    EXPECT_NE(host_thread, thread_of(guest));
    EXPECT_EQ(second.get_future().get(), host_thread);
}

TEST_F(Visits, LeaveWhatPostsForEverToTheOwnThread) {
    int calls = 0;
    std::promise<std::thread::id> thread;
    std::function<void()> again = [&] {
        if (++calls == 100) {
            thread.set_value(std::this_thread::get_id());
        } else {
            host.post(again);
        }
    };
    visit(again);
    EXPECT_EQ(thread.get_future().get(), thread_of(host));
}

// Neither waits for the thread that it runs on.
TEST_F(Visits, MayEndBothLoops) {
    bool visited = false;
    for (int i = 0; i < 100000 && !visited; ++i) {
        std::promise<void> done;
        guest.post([&] {
            host.post_brief([&] {
                visited = host.visited();
                if (visited) {
                    guest.stop();
                    host.stop();
                }
                done.set_value();
            });
        });
        done.get_future().get();
    }
    EXPECT_TRUE(visited);
}

// What each loop has is handed over in order, whoever makes the calls; run under the thread
// sanitizer as well.
TEST_F(Visits, KeepTheOrderOfCalls) {
    constexpr int rounds = 5000;
    std::vector<int> seen;
    std::promise<void> done;
    std::function<void(int)> ping;
    const std::function<void(int)> pong = [&](int i) { guest.post_brief([&, i] { ping(i + 1); }); };
    ping = [&](int i) {
        if (i == rounds) {
            done.set_value();
            return;
        }
        for (int k = 0; k < 3; ++k) {
            const auto call = [&, i, k] {
                seen.push_back(3 * i + k);
                if (k == 2) {
                    pong(i);
                }
            };
            if (i % 100 == 0) {
                host.post(call);
            } else {
                host.post_brief(call);
            }
        }
    };
    guest.post([&] { ping(0); });
    done.get_future().get();
    std::vector<int> expected(3 * rounds);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(seen, expected);
}

// The host is woken up by input of a connection that ends in the same visit; run under the address
// sanitizer as well.
TEST_F(Visits, EndConnectionsForWhichInputWasFound) {
    Limits limits;
    Observations observations;
    EchoHandler handler(observations);
    Admission admission(limits);
    std::optional<Clients> clients;
    host.post([&] { clients.emplace(host, limits, handler, admission); });
    thread_of(host);
    for (int i = 0; i < 200; ++i) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        const FileDescriptor peer(ends[1]);
        clients->adopt(FileDescriptor(ends[0]), PeerAddress());
        thread_of(host);
        visit([&] {
            constexpr std::string_view request = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
            EXPECT_EQ(::write(peer.get(), request.data(), request.size()),
                      static_cast<ssize_t>(request.size()));
            clients->abort("in a visit");
        });
        std::promise<std::size_t> left;
        host.post([&] { left.set_value(clients->size()); });
        EXPECT_EQ(left.get_future().get(), 0U);
    }
    guest.stop();
    host.stop();
}

}  // namespace
}  // namespace resgate::net
