#include "net/output_queue.h"

#include <array>

#include <gtest/gtest.h>

namespace resgate::net {
namespace {

FramePtr frame(std::string_view text) {
    FrameBuilder builder;
    builder.text() += text;
    return builder.finish();
}

std::string gathered(const OutputQueue& queue, std::size_t max = 64) {
    std::array<iovec, 64> pieces{};
    std::string text;
    const std::size_t count = queue.gather(std::span(pieces).first(max));
    for (std::size_t i = 0; i < count; ++i) {
        text.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
    return text;
}

TEST(OutputQueue, ContinuesAfterPartialWritesOfAnySize) {
    for (std::size_t step = 1; step <= 12; ++step) {
        OutputQueue queue;
        for (const char* text : {"abc", "", "defg", "h", "ijkl"}) {
            queue.push(frame(text));
        }
        std::string written;
        while (!queue.empty() && queue.bytes() != 0) {
            const std::string part = gathered(queue).substr(0, step);
            EXPECT_EQ(queue.bytes(), 12 - written.size());
            written += part;
            queue.consume(part.size());
        }
        EXPECT_EQ(written, "abcdefghijkl");
        EXPECT_TRUE(queue.empty());
    }
}

TEST(OutputQueue, GathersNoMoreThanThereIsRoomFor) {
    OutputQueue queue;
    for (int i = 0; i < 100; ++i) {
        queue.push(frame("x"));
    }
    EXPECT_EQ(gathered(queue).size(), 64U);
    queue.consume(64);
    queue.push(frame("y"));
    EXPECT_EQ(gathered(queue), std::string(36, 'x') + "y");
}

// [LMT-6]: a close frame must not be written into the middle of another frame
TEST(OutputQueue, KeepsAFrameThatIsPartlyWrittenWhenDropping) {
    OutputQueue queue;
    queue.push(frame("abc"));
    queue.push(frame("def"));
    queue.push(frame("ghi"));
    queue.consume(4);
    queue.drop_unstarted(0);
    EXPECT_EQ(gathered(queue), "ef");
    EXPECT_EQ(queue.bytes(), 2U);
    queue.push(frame("!"));
    EXPECT_EQ(gathered(queue), "ef!");
    queue.consume(2);
    queue.drop_unstarted(0);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0U);
}

// What TLS has encrypted will be written, come what may.
TEST(OutputQueue, KeepsFramesAmongTheCommittedBytesWhenDropping) {
    for (const auto& [committed, kept] :
         {std::pair<std::size_t, std::string>(1, "bc"), {2, "bc"}, {3, "bcdef"}, {6, "bcdefghi"}}) {
        OutputQueue queue;
        queue.push(frame("abc"));
        queue.push(frame("def"));
        queue.push(frame("ghi"));
        queue.consume(1);
        queue.drop_unstarted(committed);
        EXPECT_EQ(gathered(queue), kept);
        EXPECT_EQ(queue.bytes(), kept.size());
    }
}

}  // namespace
}  // namespace resgate::net
