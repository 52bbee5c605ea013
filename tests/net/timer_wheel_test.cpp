#include "net/timer_wheel.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace resgate::net {
namespace {

using namespace std::chrono_literals;

class TimerWheelTest : public testing::Test {
  protected:
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        wheel_.advance();
    }

    TimePoint now_ = TimePoint() + 12345678us;
    TimerWheel wheel_{[this] { return now_; }};
};

TEST_F(TimerWheelTest, NeverFiresEarlyAndAtMostOneTickLate) {
    for (const auto delay :
         {1ms, 3ms, 4ms, 5ms, 100ms, 255ms, 256ms, 257ms, 1000ms, 16384ms, 60000ms, 3600000ms}) {
        int fired = 0;
        wheel_.start(delay, [&] { ++fired; });
        pass(delay - 1ms);
        EXPECT_EQ(fired, 0) << delay.count();
        pass(1ms + TimerWheel::tick);
        EXPECT_EQ(fired, 1) << delay.count();
    }
    EXPECT_EQ(wheel_.running(), 0U);
}

TEST_F(TimerWheelTest, FiresTimersWithoutDelayWithTheNextAdvance) {
    std::string order;
    wheel_.start(0ms, [&] {
        order += "a";
        wheel_.start(-5ms, [&] { order += "b"; });
    });
    EXPECT_EQ(order, "");
    EXPECT_LE(*wheel_.next_due(), now_);
    wheel_.advance();
    EXPECT_EQ(order, "a");
    wheel_.advance();
    EXPECT_EQ(order, "ab");
    EXPECT_FALSE(wheel_.next_due());
}

TEST_F(TimerWheelTest, CancelsEvenATimerThatIsDueInTheSameTick) {
    std::string order;
    TimerId second = TimerId::none;
    wheel_.start(10ms, [&] {
        order += "first";
        wheel_.cancel(second);
    });
    second = wheel_.start(10ms, [&] { order += "second"; });
    const TimerId third = wheel_.start(5000ms, [&] { order += "third"; });
    pass(20ms);
    wheel_.cancel(third);
    wheel_.cancel(third);
    wheel_.cancel(TimerId::none);
    pass(10000ms);
    EXPECT_EQ(order, "first");
    EXPECT_FALSE(wheel_.next_due());
}

TEST_F(TimerWheelTest, DoesNotCancelAnotherTimerByAnOldId) {
    const TimerId old = wheel_.start(1ms, [] {});
    pass(10ms);
    bool fired = false;
    const TimerId fresh = wheel_.start(1ms, [&] { fired = true; });
    EXPECT_NE(old, fresh);
    wheel_.cancel(old);
    pass(10ms);
    EXPECT_TRUE(fired);
}

TEST_F(TimerWheelTest, FiresInOrderWhenTheClockJumps) {
    std::string order;
    wheel_.start(100000ms, [&] { order += "c"; });
    wheel_.start(20ms, [&] { order += "a"; });
    wheel_.start(300ms, [&] { order += "b"; });
    pass(200000ms);
    EXPECT_EQ(order, "abc");
}

// Against a sorted map, with the owner sleeping until `next_due` each time.
TEST_F(TimerWheelTest, AgreesWithASortedMapOnRandomTimers) {
    std::mt19937 random(7);
    std::multimap<TimePoint, int> expected;
    std::map<int, std::pair<TimerId, std::multimap<TimePoint, int>::iterator>> running;
    int fired = 0;
    for (int i = 0; i < 20000; ++i) {
        if (random() % 3 != 0) {
            const std::chrono::milliseconds delay(1 + (random() >> (random() % 31)) % 100000000);
            const auto entry = expected.emplace(now_ + delay, i);
            const TimerId id = wheel_.start(delay, [&, i] {
                const auto it = running.find(i);
                ASSERT_NE(it, running.end());
                const TimePoint due = it->second.second->first;
                EXPECT_GE(now_, due);
                EXPECT_LE(now_, due + TimerWheel::tick);
                expected.erase(it->second.second);
                running.erase(it);
                ++fired;
            });
            running.emplace(i, std::pair(id, entry));
        }
        if (random() % 4 == 0 && !running.empty()) {
            const auto it = running.lower_bound(static_cast<int>(random() % 20000));
            if (it != running.end()) {
                wheel_.cancel(it->second.first);
                expected.erase(it->second.second);
                running.erase(it);
            }
        }
        if (random() % 2 == 0) {
            const auto due = wheel_.next_due();
            ASSERT_EQ(due.has_value(), !expected.empty());
            if (due) {
                ASSERT_LE(*due, expected.begin()->first + TimerWheel::tick);
                now_ = std::max(now_, *due);
                wheel_.advance();
            }
        }
    }
    while (const auto due = wheel_.next_due()) {
        now_ = std::max(now_, *due);
        wheel_.advance();
    }
    EXPECT_TRUE(expected.empty());
    EXPECT_GT(fired, 1000);
    EXPECT_EQ(wheel_.running(), 0U);
}

}  // namespace
}  // namespace resgate::net
