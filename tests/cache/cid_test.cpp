#include "cache/cid.h"

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "res/rid.h"

namespace resgate::cache {
namespace {

TEST(Cid, SaysWhichLoopHasTheSession) {
    std::mt19937 random(1);
    for (const LoopIndex loop : std::initializer_list<LoopIndex>{0, 1, 31, 32, 1023}) {
        const Cid cid = Cid::make(loop, std::ref(random));
        EXPECT_EQ(cid.loop(), loop);
        const auto read = Cid::from(cid.text());
        ASSERT_TRUE(read);
        EXPECT_EQ(*read, cid);
        EXPECT_EQ(read->loop(), loop);
    }
}

TEST(Cid, IsAValidPartOfANameAndNeverTheSameTwice) {  // [CID-1]
    std::mt19937 random(2);
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string text(Cid::make(0, std::ref(random)).text());
        EXPECT_TRUE(res::is_valid_name(text)) << text;
        EXPECT_TRUE(seen.insert(text).second);
    }
}

TEST(Cid, HasAHundredRandomBits) {  // [CID-1]
    // Each symbol behind the loop's takes all of its 32 values.
    std::mt19937 random(3);
    std::array<std::set<char>, Cid::length> symbols;
    for (int i = 0; i < 2000; ++i) {
        const Cid cid = Cid::make(0, std::ref(random));
        for (std::size_t at = 0; at < Cid::length; ++at) {
            symbols[at].insert(cid.text()[at]);
        }
    }
    for (std::size_t at = 2; at < Cid::length; ++at) {
        EXPECT_EQ(symbols[at].size(), 32U);
    }
    EXPECT_EQ((Cid::length - 2) * 5, 100U);
}

TEST(Cid, IsNotReadFromOtherTexts) {
    for (const char* text : {"", "x", "0123456789abcdefghijk", "0123456789abcdefghijklm",
                             "wx23456789abcdefghijkl", "0123456789ABCDEFGHIJKL"}) {
        EXPECT_FALSE(Cid::from(text)) << text;
    }
    EXPECT_TRUE(Cid::from("0123456789abcdefghijkl"));
}

}  // namespace
}  // namespace resgate::cache
