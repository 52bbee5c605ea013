#include "ws/inflater.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "support/deflate.h"
#include "support/heap.h"
#include "support/ws_frames.h"

namespace resgate::ws {
namespace {

using test::deflated;

/// What becomes of a message: its text, or "close <code>".
std::string outcome(Inflater& inflater, std::string_view message, std::size_t max_size = 0) {
    const auto result = inflater.inflate(message, max_size);
    return result ? std::string(*result)
                  : "close " + std::to_string(static_cast<unsigned>(result.error()));
}

std::string text_of(std::size_t size) {
    std::string text;
    for (unsigned i = 0; text.size() < size; ++i) {
        text += std::to_string(i * i) + ',';
    }
    text.resize(size);
    return text;
}

// [WS-33]
TEST(Inflater, ReadsMessagesOfEverySizeAndSetting) {
    Inflater inflater;
    for (const std::size_t size : {0U, 1U, 5U, 1000U, 65535U, 65536U, 65537U, 131072U}) {
        const std::string text = text_of(size);
        for (int window_bits = 9; window_bits <= 15; window_bits += 3) {
            for (const int level : {0, 1, 9}) {
                const std::string message = deflated(text, {level, window_bits, 1 + level % 9});
                EXPECT_EQ(outcome(inflater, message, 300000), text) << size;
            }
        }
        EXPECT_EQ(outcome(inflater, deflated(text, {6, 15, 8, Z_FIXED})), text);
        EXPECT_EQ(outcome(inflater, deflated(text, {6, 15, 8, Z_HUFFMAN_ONLY})), text);
    }
}

// The examples of RFC 7692, 7.2.3
TEST(Inflater, ReadsTheExamplesOfTheRfc) {
    using namespace std::string_literals;
    Inflater inflater;
    EXPECT_EQ(outcome(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
    EXPECT_EQ(outcome(inflater, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s), "Hello");
    EXPECT_EQ(outcome(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello");
    EXPECT_EQ(outcome(inflater, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s), "Hello");
    EXPECT_EQ(outcome(inflater, "\x00"s), "");
}

TEST(Inflater, ReadsOnBehindAFinalBlock) {
    Inflater inflater;
    const std::string one = deflated("one ", {6, 15, 8, Z_DEFAULT_STRATEGY, Z_FINISH});
    EXPECT_EQ(outcome(inflater, one), "one ");
    EXPECT_EQ(outcome(inflater, one + one + deflated("two")), "one one two");
    EXPECT_EQ(outcome(inflater, one + one + one), "one one one ");
}

// [WS-33]
TEST(Inflater, KeepsNothingBetweenMessages) {
    Inflater inflater;
    z_stream zlib{};
    deflateInit2(&zlib, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    const std::string text = text_of(200);
    std::string second;
    for (int i = 0; i < 2; ++i) {  // the second message refers to the first
        second.assign(1000, '\0');
        zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        zlib.avail_in = static_cast<uInt>(text.size());
        zlib.next_out = reinterpret_cast<Bytef*>(second.data());
        zlib.avail_out = static_cast<uInt>(second.size());
        deflate(&zlib, Z_SYNC_FLUSH);
        second.resize(second.size() - zlib.avail_out - 4);
        EXPECT_EQ(outcome(inflater, second), i == 0 ? text : "close 1002");
    }
    deflateEnd(&zlib);
    EXPECT_EQ(outcome(inflater, deflated("next")), "next");
}

// [WS-45]
TEST(Inflater, RefusesWhatIsNoWholeDeflateData) {
    Inflater inflater;
    const std::string message = deflated(text_of(3000));
    for (std::size_t size = 0; size < message.size(); ++size) {
        EXPECT_EQ(outcome(inflater, message.substr(0, size)), "close 1002") << size;
    }
    EXPECT_EQ(outcome(inflater, message), text_of(3000));
    EXPECT_EQ(outcome(inflater, "\xff\xff\xff"), "close 1002");
    EXPECT_EQ(outcome(inflater, message + std::string("\x00\x00\xff\xff", 4)), "close 1002");
    EXPECT_EQ(outcome(inflater, message + "\x07"), "close 1002");
}

// [WS-34], [LMT-1]
TEST(Inflater, GivesUpAboveTheLimit) {
    Inflater inflater;
    for (const std::size_t limit : {1U, 100U, 65535U, 65536U, 65537U, 200000U}) {
        EXPECT_EQ(outcome(inflater, deflated(text_of(limit)), limit), text_of(limit));
        EXPECT_EQ(outcome(inflater, deflated(text_of(limit + 1)), limit), "close 1009");
        // also if what follows is broken: it is not looked at
        EXPECT_EQ(outcome(inflater, deflated(text_of(limit + 200000)) + "\x07", limit),
                  "close 1009");
    }
}

// [LMT-12]
TEST(Inflater, SpendsNothingOnABomb) {
    Inflater inflater;
    constexpr std::size_t limit = 1048576;
    const std::string bomb = deflated(std::string(20 * limit, 'x'), {9});
    ASSERT_LT(bomb.size(), 25000U);
    const test::HeapGrowth growth;
    EXPECT_EQ(outcome(inflater, std::string_view(bomb).substr(0, 4096), limit), "close 1009");
    EXPECT_EQ(outcome(inflater, bomb, limit), "close 1009");
    EXPECT_LT(growth.bytes(), 150000U);  // zlib, its window and the room, for all connections
    // And of a message within the limit no more is kept than it has bytes.
    EXPECT_TRUE(inflater.inflate(deflated(std::string(limit, 'x')), limit));
    EXPECT_LT(growth.bytes(), limit + 150000U);
    EXPECT_EQ(outcome(inflater, deflated("small"), limit), "small");
    EXPECT_LT(growth.bytes(), 150000U);
}

TEST(Inflater, AgreesWithZlibOnRandomDamage) {
    Inflater inflater;
    std::mt19937 random(1);
    int damaged_but_good = 0;
    for (int i = 0; i < 3000; ++i) {
        const std::string text = text_of(random() % 400);
        std::string message = deflated(text, {static_cast<int>(random() % 10)});
        const auto flips = random() % 3;
        for (std::uint64_t flip = 0; flip < flips; ++flip) {
            message[random() % message.size()] ^= static_cast<char>(1U << (random() % 8));
        }
        const auto result = inflater.inflate(message, 0);
        const auto expected = test::inflated(message);
        ASSERT_TRUE(flips != 0 || (result && *result == text));
        if (result && expected) {
            EXPECT_EQ(*result, *expected);
            damaged_but_good += flips != 0 ? 1 : 0;
        }
    }
    EXPECT_GT(damaged_but_good, 50);
}

}  // namespace
}  // namespace resgate::ws
