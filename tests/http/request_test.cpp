#include "http/request.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace resgate::http {
namespace {

// [HTTP-104]
TEST(Headers, AreRemovedByNameInAnyCase) {
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"AA", "4"}};
    remove_headers(headers, "a");
    ASSERT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers[0].name, "B");
    EXPECT_EQ(headers[1].name, "AA");
}

// [HTTP-102]
TEST(Headers, HaveNamesThatAreTokens) {
    for (const char* const name : {"A", "x-1", "!#$%&'*+-.^_`|~09azAZ"})
        EXPECT_TRUE(is_header_name(name)) << name;
    for (const char* const name :
         {"", "a b", "a:", "a\r\n", "(a)", "\xC3\xA5", "a/b", "\"a\"", "@", "["})
        EXPECT_FALSE(is_header_name(name)) << name;
}

TEST(HeaderLines, KeepWhatWasAddedInItsOrder) {
    HeaderLines lines{{"Host", "h"}, {"Empty", ""}};
    const std::string large(1000, 'x');
    lines.add("X", large);
    lines.add("host", "other");
    EXPECT_EQ(lines.size(), 4U);
    std::string all;
    for (const HeaderLine line : lines) {
        all.append(line.name).append("=").append(line.value).append("|");
    }
    EXPECT_EQ(all, "Host=h|Empty=|X=" + large + "|host=other|");
    const HeaderLines moved = std::move(lines);
    EXPECT_EQ(moved.find("x"), large);
}

TEST(HeaderLines, AreFoundByNameInAnyCase) {
    const HeaderLines lines{{"Host", "first"}, {"HOST", "second"}, {"A", ""}};
    EXPECT_EQ(lines.find("hOST"), "first");
    EXPECT_EQ(lines.find("a"), "");
    EXPECT_EQ(lines.find("Hos"), std::nullopt);
    EXPECT_EQ(HeaderLines().find("Host"), std::nullopt);
    EXPECT_EQ(HeaderLines().size(), 0U);
}

TEST(HeaderLines, HaveTokensInListsAndSeveralLines) {
    const HeaderLines lines{{"A", "x , Y"}, {"B", "n"}, {"a", "z"}};
    for (const char* const token : {"x", "y", "Z"})
        EXPECT_TRUE(lines.has_token("A", token)) << token;
    for (const char* const token : {"n", "x , Y", ""})
        EXPECT_FALSE(lines.has_token("A", token)) << token;
}

TEST(Method, HasAName) {
    EXPECT_EQ(method_named("GET"), Method::get);
    EXPECT_EQ(method_named("DELETE"), Method::delete_);
    for (const char* const name : {"", "get", "GETS", "TRACE"})
        EXPECT_EQ(method_named(name), Method::other) << name;
}

}  // namespace
}  // namespace resgate::http
