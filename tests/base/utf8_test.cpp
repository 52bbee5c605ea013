#include "base/utf8.h"

#include <vector>

#include <gtest/gtest.h>

namespace resgate {
namespace {

struct Sample {
    std::string bytes;
    bool valid;
};

std::vector<Sample> samples() {
    return {
        {"", true},
        {"plain ascii, longer than a word", true},
        {"\x7f", true},
        {"\xc2\x80", true},
        {"\xdf\xbf", true},
        {"\xe0\xa0\x80", true},
        {"\xed\x9f\xbf", true},
        {"\xee\x80\x80", true},
        {"\xef\xbf\xbf", true},
        {"\xf0\x90\x80\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"12345678\xc3\xa5 9", true},
        {"\x80", false},
        {"\xbf", false},
        {"\xc0\x80", false},
        {"\xc1\xbf", false},
        {"\xc2", false},
        {"\xc2 ", false},
        {"\xe0\x9f\xbf", false},
        {"\xe0\xa0", false},
        {"\xe2\x82 ", false},
        {"\xed\xa0\x80", false},
        {"\xed\xbf\xbf", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf0\x90\x80", false},
        {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false},
        {"\xff", false},
        {"12345678\xfe", false},
        {"\xe4\xb8\xad\xe4\xb8", false},
    };
}

TEST(Utf8, AcceptsExactlyTheWellFormedSequences) {
    for (const Sample& sample : samples()) {
        EXPECT_EQ(is_utf8(sample.bytes), sample.valid) << testing::PrintToString(sample.bytes);
    }
}

TEST(Utf8, ValidatorAgreesWhereverTheBytesAreSplit) {
    for (const Sample& sample : samples()) {
        for (std::size_t split = 0; split <= sample.bytes.size(); ++split) {
            const std::string_view bytes = sample.bytes;
            Utf8Validator validator;
            const bool alive =
                validator.feed(bytes.substr(0, split)) && validator.feed(bytes.substr(split));
            EXPECT_EQ(validator.complete(), sample.valid) << testing::PrintToString(sample.bytes);
            EXPECT_TRUE(alive || !sample.valid);
        }
    }
}

TEST(Utf8, ValidatorIsFinalOnceBroken) {
    Utf8Validator validator;
    EXPECT_FALSE(validator.feed("\xff"));
    EXPECT_FALSE(validator.feed("fine"));
    EXPECT_FALSE(validator.complete());
    validator.reset();
    EXPECT_TRUE(validator.feed("fine"));
    EXPECT_TRUE(validator.complete());
}

TEST(Utf8, ValidatorFailsAtTheFirstImpossibleByte) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.feed("\xe0"));
    EXPECT_FALSE(validator.complete());
    EXPECT_FALSE(validator.feed("\x9f"));
}

// [JSN-10]
TEST(Utf8, SanitizesEachMalformedByte) {
    const std::string mark = "\xef\xbf\xbd";
    const auto sanitized = [](std::string bytes) {
        sanitize_utf8(bytes);
        return bytes;
    };
    EXPECT_EQ(sanitized("all right \xc3\xa5"), "all right \xc3\xa5");
    EXPECT_EQ(sanitized("a\xff"), "a" + mark);
    EXPECT_EQ(sanitized("\xe2\x82z"), mark + mark + "z");
    EXPECT_EQ(sanitized("\xed\xa0\x80"), mark + mark + mark);
    EXPECT_EQ(sanitized("a\xff\xc3\xa5\xfe"), "a" + mark + "\xc3\xa5" + mark);
    for (const Sample& sample : samples()) {
        EXPECT_TRUE(is_utf8(sanitized(sample.bytes)));
    }
}

TEST(Utf8, AppendsCodePoints) {
    const auto encoded = [](std::uint32_t code_point) {
        std::string out;
        append_utf8(out, code_point);
        return out;
    };
    EXPECT_EQ(encoded('a'), "a");
    EXPECT_EQ(encoded(0xe5), "\xc3\xa5");
    EXPECT_EQ(encoded(0x20ac), "\xe2\x82\xac");
    EXPECT_EQ(encoded(0x1f600), "\xf0\x9f\x98\x80");
    EXPECT_EQ(encoded(0xd800), "\xef\xbf\xbd");
    EXPECT_EQ(encoded(0x110000), "\xef\xbf\xbd");
}

}  // namespace
}  // namespace resgate
