#include "base/text.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace resgate {
namespace {

TEST(Text, KeepsACopyOfWhateverItIsMadeOf) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100000}}) {
        std::string original(size, 'x');
        const Text text(original);
        original.assign(size, 'y');
        EXPECT_EQ(text.view(), std::string(size, 'x'));
    }
    EXPECT_EQ(Text(std::string_view("a\0b", 3)).view(), std::string_view("a\0b", 3));
}

TEST(Text, TakesOnePointerAndIsEmptyAtFirst) {
    static_assert(sizeof(Text) == sizeof(void*));
    EXPECT_EQ(Text().view(), "");
}

TEST(Text, StaysWhereItIsWhenTheObjectIsMoved) {
    Text from("some text");
    const std::string_view view = from.view();
    const Text to = std::move(from);
    EXPECT_EQ(to.view().data(), view.data());
}

}  // namespace
}  // namespace resgate
