#include "base/system_random.h"

#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace resgate {
namespace {

// Of a thousand numbers of 32 bits two are alike once in some ten thousand runs, three pairs never.
TEST(SystemRandom, GivesNumbersThatDifferOverManyBatchesAndThreads) {
    constexpr std::size_t count = 500;
    std::set<std::uint32_t> numbers;
    std::uint32_t ones = 0;
    std::uint32_t zeros = 0;
    const auto draw = [&] {
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t number = system_random();
            numbers.insert(number);
            ones |= number;
            zeros |= ~number;
        }
    };
    draw();
    std::thread(draw).join();
    EXPECT_GE(numbers.size(), 2 * count - 2);
    EXPECT_EQ(ones, 0xffffffffU);
    EXPECT_EQ(zeros, 0xffffffffU);
}

}  // namespace
}  // namespace resgate
