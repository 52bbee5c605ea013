#include "cache/throttle.h"

#include <vector>

#include <gtest/gtest.h>

namespace resgate::cache {
namespace {

TEST(Throttles, StartNoMoreThanTheLimitAndTheOthersInTheirTurn) {  // [THR-1], [THR-2]
    Throttles throttles(2);
    std::vector<int> started;
    for (int i = 0; i < 4; ++i)
        throttles.run(1, [&started, i] { started.push_back(i); });
    throttles.run(2, [&started] { started.push_back(100); });  // another budget
    EXPECT_EQ(started, (std::vector<int>{0, 1, 100}));
    throttles.settle(1);
    EXPECT_EQ(started, (std::vector<int>{0, 1, 100, 2}));
    throttles.settle(1);
    throttles.settle(1);
    EXPECT_EQ(started, (std::vector<int>{0, 1, 100, 2, 3}));
}

// [THR-3]: all of a large reset may have become pointless while it waited. Recursion would end the
// process here.
TEST(Throttles, PassSlotsOnHoweverManyAreNotNeeded) {
    Throttles throttles(1);
    int started = 0;
    throttles.run(1, [&started] { ++started; });
    constexpr int many = 1'000'000;
    for (int i = 0; i < many; ++i) {
        throttles.run(1, [&] {
            ++started;
            throttles.settle(1);
        });
    }
    throttles.settle(1);
    EXPECT_EQ(started, many + 1);
    throttles.run(1, [&started] { ++started; });  // the budget is whole again
    EXPECT_EQ(started, many + 2);
}

}  // namespace
}  // namespace resgate::cache
