#include "res/pre_response.h"

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

using std::chrono::milliseconds;

// [RPL-1]
TEST(PreResponse, BeginsWithALetter) {
    for (const std::string_view payload : {"timeout:\"1\"", "null", "true", "Abc", "z", "A", "Z"}) {
        EXPECT_TRUE(is_pre_response(payload)) << payload;
    }
    for (const std::string_view payload :
         {"", "{}", " timeout:\"1\"", "1", "\"a\"", "[", "@", "`", "\xc3\xa4", "\xc1"}) {
        EXPECT_FALSE(is_pre_response(payload)) << payload;
    }
}

// [TMO-3], [TMO-4]
TEST(PreResponse, AsksForATimeout) {
    EXPECT_EQ(requested_timeout(R"(timeout:"15000")"), milliseconds(15000));
    EXPECT_EQ(requested_timeout(R"(foo:"x" timeout:"200")"), milliseconds(200));
    EXPECT_EQ(requested_timeout(R"(foo:"a \" b"   timeout:"200" and more)"), milliseconds(200));
    EXPECT_EQ(requested_timeout(R"(timeout:"200"timeout:"300")"), milliseconds(200));
    EXPECT_EQ(requested_timeout(R"(timeout:"0")"), milliseconds(0));
    EXPECT_EQ(requested_timeout(R"(timeout:"-5")"), milliseconds(0));
    EXPECT_EQ(requested_timeout(R"(timeout:"3600000")"), milliseconds(3600000));
    EXPECT_EQ(requested_timeout(R"(timeout:"3600001")"), milliseconds(3600000));
    EXPECT_EQ(requested_timeout(R"(timeout:"99999999999999999999")"), milliseconds(3600000));
    EXPECT_EQ(requested_timeout(R"(timeout:"-99999999999999999999")"), milliseconds(0));
}

// [TMO-5]
TEST(PreResponse, ChangesNothingIfItDoesNotParse) {
    for (const std::string_view text :
         {"timeout:200", R"(timeout: "200")", R"(timeout:"abc")", R"(TIMEOUT:"100")", "null",
          "timeout", "timeout:", "timeout:\"", R"(timeout:"200)", R"(timeout:"")",
          R"(timeout:"1.5")", R"(timeout:"20 ")", R"(foo timeout:"200")", R"(foo:"x\)",
          R"(foo:x timeout:"200")", "", R"(x:"y")", R"(timeout:"abc" timeout:"5")"}) {
        EXPECT_FALSE(requested_timeout(text)) << text;
    }
}

}  // namespace
}  // namespace resgate::res
