#include "ws/deflater.h"

#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/deflate.h"
#include "ws/codec.h"

namespace resgate::ws {
namespace {

FramePtr frame_of(std::string_view text) {
    FrameBuilder builder;
    builder.text() += text;
    return text_frame(std::move(builder));
}

constexpr DeflateAgreement window(unsigned bits) {
    return {static_cast<std::uint8_t>(bits)};
}

/// Text of that size that compresses, and that repeats itself over the whole of its length.
std::string sample(std::size_t size) {
    std::string text;
    std::mt19937 random(7);
    while (text.size() < size) {
        text += "{\"value\":" + std::to_string(random() % 100000) + ",\"next\":";
        if (text.size() > 3000) {
            text += text.substr(random() % (text.size() / 2), 300);
        }
    }
    text.resize(size);
    return text;
}

std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    std::mt19937 random(8);
    for (char& byte : bytes) {
        byte = static_cast<char>(random());
    }
    return bytes;
}

// [WS-33]
TEST(Deflater, WritesWhatEveryReceiverWithTheAgreedWindowUnderstands) {
    Deflater deflater;
    for (unsigned bits = 9; bits <= 15; ++bits) {
        for (const std::size_t size : {128U, 129U, 250U, 251U, 300U, 511U, 512U, 513U, 1000U, 1025U,
                                       5000U, 32768U, 32769U, 100000U}) {
            const std::string text = sample(size);
            const FramePtr form = deflater.form_of(frame_of(text), window(bits));
            ASSERT_LT(form->payload().size(), size) << size;
            EXPECT_EQ(form->wire()[0], '\xc1');
            EXPECT_EQ(test::inflated(form->payload(), static_cast<int>(bits)), text)
                << size << " bytes, window bits " << bits;
        }
    }
}

TEST(Deflater, CompressesEachMessageOnItsOwn) {
    Deflater deflater;
    const std::string text = sample(700);
    const std::string first(deflater.form_of(frame_of(text), window(15))->wire());
    deflater.form_of(frame_of(sample(100000)), window(15));
    EXPECT_EQ(deflater.form_of(frame_of(text), window(15))->wire(), first);
}

// [WS-33]
TEST(Deflater, LeavesShortAndIncompressibleMessagesAsTheyAre) {
    Deflater deflater;
    for (const std::string& text :
         {std::string(), std::string(127, 'x'), noise(128), noise(1000), noise(200000)}) {
        const FramePtr frame = frame_of(text);
        for (const unsigned bits : {15U, 9U, 15U}) {
            EXPECT_EQ(deflater.form_of(frame, window(bits)), frame) << text.size();
        }
    }
    const FramePtr frame = frame_of(std::string(128, 'x'));
    EXPECT_NE(deflater.form_of(frame, window(15)), frame);
}

TEST(Deflater, SharesOneFormAmongAllThatCanTakeIt) {
    Deflater deflater;
    Deflater other;
    const FramePtr small = frame_of(sample(1024));
    const FramePtr form = deflater.form_of(small, window(15));
    for (unsigned bits = 10; bits <= 15; ++bits) {
        EXPECT_EQ(deflater.form_of(small, window(bits)), form) << bits;
        EXPECT_EQ(other.form_of(small, window(bits)), form) << bits;
    }
    EXPECT_NE(deflater.form_of(small, window(9)), form);
    EXPECT_EQ(other.form_of(small, window(9)), deflater.form_of(small, window(9)));

    const FramePtr large = frame_of(sample(100000));
    std::vector<FramePtr> forms;
    for (unsigned bits = 9; bits <= 15; ++bits) {
        forms.push_back(deflater.form_of(large, window(bits)));
    }
    for (unsigned bits = 9; bits <= 15; ++bits) {
        EXPECT_EQ(other.form_of(large, window(bits)), forms[bits - 9]);
    }
}

// To be run under the thread sanitizer as well.
TEST(Deflater, AgreesWithOtherThreadsOnTheForm) {
    constexpr std::size_t count = 4;
    for (int round = 0; round < 50; ++round) {
        const FramePtr frame = frame_of(sample(2000));
        std::vector<FramePtr> forms(count * 2);
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < count; ++i) {
            threads.emplace_back([&, i] {
                Deflater deflater;
                forms[i] = deflater.form_of(frame, window(i % 2 == 0 ? 15 : 10));
                forms[count + i] = deflater.form_of(frame, window(i % 2 == 0 ? 10 : 15));
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(forms[i], forms[i % 2]);
            EXPECT_EQ(forms[count + i], forms[1 - i % 2]);
        }
    }
}

}  // namespace
}  // namespace resgate::ws
