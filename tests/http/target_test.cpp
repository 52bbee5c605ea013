#include "http/target.h"

#include <gtest/gtest.h>

namespace resgate::http {
namespace {

// [HTTP-10], [HTTP-11]
TEST(Target, IsSplitAtTheFirstQuestionMark) {
    const Target target = split_target("/api/a?q=1?b#c");
    EXPECT_EQ(target.path, "/api/a");
    EXPECT_EQ(target.query, "q=1?b#c");
    EXPECT_EQ(target.authority, "");
    EXPECT_FALSE(target.asterisk);
    EXPECT_EQ(split_target("/a#b").path, "/a#b");
    EXPECT_EQ(split_target("/a?").query, "");
    EXPECT_EQ(split_target("//a").path, "//a");
}

TEST(Target, OfAbsoluteFormYieldsPathQueryAndAuthority) {
    const Target target = split_target("HTTP://host:80/a/b?c");
    EXPECT_EQ(target.authority, "host:80");
    EXPECT_EQ(target.path, "/a/b");
    EXPECT_EQ(target.query, "c");
    EXPECT_EQ(split_target("http://host").path, "/");
    EXPECT_EQ(split_target("https://host?x").path, "/");
    EXPECT_EQ(split_target("https://host?x").query, "x");
}

// [HTTP-15]: what has no slash in front is nowhere.
TEST(Target, OfAnotherFormHasNoPath) {
    EXPECT_EQ(split_target("host:80").path, "");
    EXPECT_EQ(split_target("ws").path, "");
    EXPECT_EQ(split_target("ws?a").query, "");
}

TEST(Target, MayBeTheAsterisk) {
    EXPECT_TRUE(split_target("*").asterisk);
    EXPECT_FALSE(split_target("/*").asterisk);
}

// [HTTP-12]
TEST(PercentDecode, ReplacesEscapesAndNothingElse) {
    std::string room;
    EXPECT_EQ(percent_decode("/a%2Fb%c3%A5+%25", room), "/a/b\xc3\xa5+%");
    EXPECT_EQ(percent_decode("%00", room), std::string(1, '\0'));
    EXPECT_EQ(percent_decode("%", room), "%");
    EXPECT_EQ(percent_decode("%4", room), "%4");
    EXPECT_EQ(percent_decode("%zz%41", room), "%zzA");
}

TEST(PercentDecode, CopiesNothingWithoutEscapes) {
    std::string room;
    const std::string_view text = "/api/a/b";
    EXPECT_EQ(percent_decode(text, room).data(), text.data());
    EXPECT_TRUE(room.empty());
}

// [HTTP-5]
TEST(PercentDecode, EscapesNeedTwoHexDigits) {
    EXPECT_TRUE(has_valid_escapes("/a%2F%aB"));
    EXPECT_FALSE(has_valid_escapes("/a%2"));
    EXPECT_FALSE(has_valid_escapes("/a%"));
    EXPECT_FALSE(has_valid_escapes("/%2F%g0"));
}

}  // namespace
}  // namespace resgate::http
