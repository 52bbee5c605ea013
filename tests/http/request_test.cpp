#include "http/request.h"

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

}  // namespace
}  // namespace resgate::http
