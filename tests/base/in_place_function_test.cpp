#include "base/in_place_function.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/heap.h"

namespace resgate {
namespace {

using Append = InPlaceFunction<std::size_t(std::string&&), 40>;

TEST(InPlaceFunction, CallsWhatItWasGivenWithoutCopyingArguments) {
    std::vector<std::string> got;
    Append append = [&got](std::string&& text) {
        got.push_back(std::move(text));
        return got.size();
    };
    std::string text(100, 'x');
    const char* const where = text.data();
    EXPECT_EQ(append(std::move(text)), 1U);
    EXPECT_EQ(append("y"), 2U);
    EXPECT_EQ(got.front().data(), where);
}

TEST(InPlaceFunction, IsEmptyUntilGivenSomethingAndAfterItWasMovedFrom) {
    Append first;
    EXPECT_FALSE(first);
    Append second = [](std::string&&) { return std::size_t{7}; };
    EXPECT_TRUE(second);
    first = std::move(second);
    EXPECT_TRUE(first);
    EXPECT_EQ(first(""), 7U);
    const Append third = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the question
}

TEST(InPlaceFunction, KeepsStateThatCanOnlyBeMovedAndEndsItOnce) {
    const auto counted = std::make_shared<int>(0);
    {
        InPlaceFunction<int(), 40> next = [counted, step = std::make_unique<int>(5)] {
            return *counted += *step;
        };
        EXPECT_EQ(counted.use_count(), 2);
        InPlaceFunction<int(), 40> moved = std::move(next);
        EXPECT_EQ(counted.use_count(), 2);
        EXPECT_EQ(moved(), 5);
        EXPECT_EQ(moved(), 10);
        moved = [] { return 1; };
        EXPECT_EQ(counted.use_count(), 1);
        EXPECT_EQ(moved(), 1);
        next = [counted] { return *counted; };
        EXPECT_EQ(counted.use_count(), 2);
    }
    EXPECT_EQ(counted.use_count(), 1);
}

TEST(InPlaceFunction, TakesNoBlockOfMemory) {
    const std::array<int, 10> state{1, 2, 3};  // fills the room
    std::array<InPlaceFunction<int(std::size_t), 40>, 100> functions;
    const test::HeapGrowth growth;
    for (auto& function : functions) {
        function = [state](std::size_t at) { return state[at]; };
    }
    EXPECT_EQ(growth.bytes(), 0U);
    EXPECT_EQ(functions[99](2), 3);
}

TEST(InPlaceFunction, HasNoUseForWhatDoesNotFitTheCall) {
    static_assert(std::is_constructible_v<Append, std::size_t (*)(std::string)>);
    static_assert(!std::is_constructible_v<Append, std::size_t (*)(int)>);
    static_assert(!std::is_copy_constructible_v<Append>);
}

}  // namespace
}  // namespace resgate
