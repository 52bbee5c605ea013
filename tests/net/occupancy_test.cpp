#include "net/occupancy.h"

#include <chrono>

#include <gtest/gtest.h>

namespace resgate::net {
namespace {

using namespace std::chrono_literals;

struct OccupancyTest : testing::Test {
    /// Lets time pass, of which the process used so much, and looks.
    bool pass(std::chrono::nanoseconds time, std::chrono::nanoseconds used) {
        now += time;
        cpu += used;
        return occupancy.look(now);
    }

    TimePoint now = Clock::now();
    std::chrono::nanoseconds cpu{};
    Occupancy occupancy{[this] { return cpu; }};
};

TEST_F(OccupancyTest, SaysAtFirstThatOneThreadSuffices) {
    EXPECT_TRUE(occupancy.one_thread_suffices());
    EXPECT_FALSE(pass(0s, 0s));
    EXPECT_TRUE(occupancy.one_thread_suffices());
}

TEST_F(OccupancyTest, ChangesItsMindWhenOneThreadIsNearlyBusy) {
    pass(0s, 0s);
    EXPECT_FALSE(pass(10ms, 8ms));
    EXPECT_TRUE(pass(10ms, 9ms));
    EXPECT_FALSE(occupancy.one_thread_suffices());
    EXPECT_FALSE(pass(10ms, 30ms));
    EXPECT_FALSE(occupancy.one_thread_suffices());
}

TEST_F(OccupancyTest, TakesLessThanThatToChangeItBack) {
    pass(0s, 0s);
    pass(10ms, 20ms);
    EXPECT_FALSE(pass(10ms, 7ms));
    EXPECT_FALSE(occupancy.one_thread_suffices());
    EXPECT_TRUE(pass(10ms, 5ms));
    EXPECT_TRUE(occupancy.one_thread_suffices());
}

TEST_F(OccupancyTest, LooksNoSoonerThanInTenMilliseconds) {
    pass(0s, 0s);
    EXPECT_FALSE(pass(9ms, 9ms));
    EXPECT_TRUE(occupancy.one_thread_suffices());
    EXPECT_TRUE(pass(1ms, 1ms));
}

TEST_F(OccupancyTest, CountsTheTimeOfAllThreads) {
    const std::chrono::nanoseconds before = process_cpu_time();
    const TimePoint end = Clock::now() + 10s;
    while (process_cpu_time() < before + 2ms && Clock::now() < end) {
    }
    EXPECT_GE(process_cpu_time(), before + 2ms);
}

}  // namespace
}  // namespace resgate::net
