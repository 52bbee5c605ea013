#include "net/event_loop.h"

#include <array>
#include <future>
#include <memory>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "net/file_descriptor.h"

namespace resgate::net {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, RunsOnAThreadWithItsName) {
    EventLoop loop("loop-with-a-long-name");
    loop.start();
    std::promise<std::string> name;
    loop.post([&] {
        EXPECT_TRUE(loop.in_loop_thread());
        std::array<char, 16> text{};
        pthread_getname_np(pthread_self(), text.data(), text.size());
        name.set_value(text.data());
    });
    EXPECT_EQ(name.get_future().get(), "loop-with-a-lon");
    EXPECT_FALSE(loop.in_loop_thread());
    loop.stop();
    loop.stop();
}

TEST(EventLoop, RunsOnTheCallingThreadUntilStopped) {
    EventLoop loop("main");
    int calls = 0;
    loop.post([&] {
        ++calls;
        loop.stop();
        loop.post([&] { ++calls; });  // still made in the last turn
    });
    loop.run();
    EXPECT_EQ(calls, 2);
}

TEST(EventLoop, MakesCallsOfOneThreadInOrder) {
    EventLoop loop("ordered");
    std::vector<int> order;
    loop.start();
    for (int i = 0; i < 1000; ++i) {
        loop.post([&order, i] { order.push_back(i); });
    }
    loop.stop();
    ASSERT_EQ(order.size(), 1000U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

/// A descriptor that is always ready.
struct Ready final : Pollable {
    explicit Ready(EventLoop& loop) : descriptor(::eventfd(1, EFD_CLOEXEC)) {
        EXPECT_TRUE(loop.poller().watch(descriptor.get(), Poller::Interest::none,
                                        Poller::Interest::input, *this));
    }

    void on_ready(bool, bool) override { call(); }

    FileDescriptor descriptor;
    std::function<void()> call;
};

TEST(EventLoop, CallsHooksOnceForAllThatATurnDid) {
    EventLoop loop("hooks");
    int handlers = 0;
    int hooks = 0;
    std::vector<std::unique_ptr<Ready>> ready;
    for (int i = 0; i < 10; ++i) {
        ready.push_back(std::make_unique<Ready>(loop));
        ready.back()->call = [&] {
            ++handlers;
            loop.post([&] { ++handlers; });
        };
    }
    loop.at_end_of_turn([&] {
        ++hooks;
        EXPECT_EQ(handlers, 20);
    });
    loop.take_turn(1s);
    EXPECT_EQ(hooks, 1);
}

TEST(EventLoop, TakesATurnThatWaitsNoLongerThanItIsTold) {
    EventLoop loop("single turns");
    const auto begin = Clock::now();
    loop.take_turn(5ms);
    EXPECT_GE(Clock::now() - begin, 5ms);
    int calls = 0;
    loop.post([&] { ++calls; });  // from outside of the loop
    loop.take_turn(1h);
    EXPECT_EQ(calls, 1);
    loop.timers().start(1ms, [&] { ++calls; });
    while (calls == 1) {
        loop.take_turn(1h);
    }
    EXPECT_EQ(calls, 2);
}

TEST(EventLoop, GivesHooksTheirTurnWhileCallsGoOnPosting) {
    EventLoop loop("fair");
    int hooks = 0;
    std::function<void()> forever = [&] { loop.post(forever); };
    loop.post(forever);
    loop.at_end_of_turn([&] {
        if (++hooks == 3) {
            loop.stop();
        }
    });
    loop.run();
    EXPECT_GE(hooks, 3);
}

TEST(EventLoop, FiresTimersInOrderAndCancels) {
    EventLoop loop("timers");
    std::string order;
    Timers& timers = loop.timers();
    const TimePoint begin = timers.now();
    timers.start(30ms, [&] {
        order += "c";
        EXPECT_GE(timers.now() - begin, 30ms);
        loop.stop();
    });
    const TimerId cancelled = timers.start(20ms, [&] { order += "x"; });
    timers.start(10ms, [&] {
        order += "b";
        timers.cancel(cancelled);
    });
    timers.start(0ms, [&] { order += "a"; });
    loop.run();
    EXPECT_EQ(order, "abc");
}

TEST(EventLoop, FiresTimersWithoutDelayInTheNextTurn) {
    EventLoop loop("undelayed");
    int turns = 0;
    std::vector<int> fired;
    loop.at_end_of_turn([&] { ++turns; });
    loop.post([&] {
        const int turn = turns;
        loop.timers().start(0ms, [&, turn] {
            fired.push_back(turns - turn);
            // One that starts the next gives the hooks their turn, too.
            loop.timers().start(0ms, [&, turn] {
                fired.push_back(turns - turn);
                loop.stop();
            });
        });
    });
    loop.run();
    EXPECT_EQ(fired, (std::vector<int>{1, 2}));
}

TEST(EventLoop, StartsTimersFromCallsAndHooks) {
    EventLoop loop("late-timers");
    bool started = false;
    std::promise<void> fired;
    loop.at_end_of_turn([&] {
        if (started) {
            started = false;
            loop.timers().start(1ms, [&] { fired.set_value(); });
        }
    });
    loop.start();
    loop.post([&] { started = true; });
    fired.get_future().get();
    loop.stop();  // the hook looks at `started` each turn
}

// Loops that post to each other keep the order; run under the thread sanitizer as well.
TEST(EventLoop, ExchangesCallsWithOtherLoops) {
    constexpr int rounds = 2000;
    EventLoop a("a");
    EventLoop b("b");
    EventLoop c("c");
    std::vector<int> seen_b;
    std::vector<int> seen_c;
    std::promise<void> done;
    for (EventLoop* loop : {&a, &b, &c}) {
        loop->start();
    }
    a.post([&] {
        for (int i = 0; i < rounds; ++i) {
            b.post([&, i] {
                seen_b.push_back(i);
                c.post([&, i] {
                    seen_c.push_back(i);
                    if (i == rounds - 1) {
                        a.post([&] { done.set_value(); });
                    }
                });
            });
        }
    });
    done.get_future().get();
    for (EventLoop* loop : {&a, &b, &c}) {
        loop->stop();
    }
    EXPECT_EQ(seen_b.size(), static_cast<std::size_t>(rounds));
    EXPECT_TRUE(std::is_sorted(seen_b.begin(), seen_b.end()));
    EXPECT_EQ(seen_b, seen_c);
}

TEST(EventLoop, DropsCallsPostedAfterTheEnd) {
    auto token = std::make_shared<int>(1);
    {
        EventLoop loop("ended");
        loop.start();
        loop.stop();
        loop.post([token] { ADD_FAILURE(); });
    }
    EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace resgate::net
