#include "ops/integer_literal.h"

#include <limits>

#include <gtest/gtest.h>

namespace resgate::ops {
namespace {

TEST(IntegerLiteral, ReadsAllBasesOfConf5) {
    const std::pair<const char*, std::uint64_t> vectors[] = {
        {"0", 0},        {"8080", 8080}, {"0x1F", 31},
        {"0X1f", 31},    {"0o17", 15},   {"0O17", 15},
        {"0b101", 5},    {"0B1", 1},     {"017", 15},
        {"1_000", 1000}, {"0x_1f", 31},  {"0_17", 15},
        {"00", 0},       {"0b1_0", 2},   {"18446744073709551615", 18446744073709551615u},
    };
    for (const auto& [text, value] : vectors) {
        const auto parsed = parse_unsigned(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(*parsed, value) << text;
    }
}

TEST(IntegerLiteral, RefusesWhatIsNoLiteral) {
    for (const char* text : {"", "+1", "-1", " 1", "1 ", "08", "0x", "0xg", "0b2", "0o8", "_1",
                             "1_", "1__0", "0x_", "1e3", "1.0", "abc", "--1", "0x-1"}) {
        const auto parsed = parse_unsigned(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error(), IntegerFault::syntax) << text;
    }
}

TEST(IntegerLiteral, TakesASignWhereOneIsAllowed) {
    EXPECT_EQ(parse_signed("+5").value(), 5);
    EXPECT_EQ(parse_signed("-0x10").value(), -16);
    EXPECT_EQ(parse_signed("-9223372036854775808").value(),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parse_signed("9223372036854775807").value(),
              std::numeric_limits<std::int64_t>::max());
    for (const char* text : {"-", "+", "+-1", "--1", "- 1", "-_1"}) {
        EXPECT_EQ(parse_signed(text).error(), IntegerFault::syntax) << text;
    }
}

TEST(IntegerLiteral, TellsWhatIsOutOfRangeFromWhatIsNoNumber) {
    EXPECT_EQ(parse_unsigned("18446744073709551616").error(), IntegerFault::range);
    EXPECT_EQ(parse_unsigned("18446744073709551616x").error(), IntegerFault::syntax);
    EXPECT_EQ(parse_signed("9223372036854775808").error(), IntegerFault::range);
    EXPECT_EQ(parse_signed("-9223372036854775809").error(), IntegerFault::range);
}

}  // namespace
}  // namespace resgate::ops
