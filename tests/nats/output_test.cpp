#include "nats/output.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace resgate::nats {
namespace {

class OutputTest : public testing::Test {
  protected:
    std::array<int, 2> ends_{-1, -1};
    Output output_;

    void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }

    void TearDown() override {
        ::close(ends_[0]);
        close_peer();
    }

    void close_peer() {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
            ends_[1] = -1;
        }
    }

    std::string read(std::size_t most = 1 << 16) {
        std::string bytes(most, '\0');
        const ssize_t size = ::recv(ends_[1], bytes.data(), bytes.size(), MSG_DONTWAIT);
        bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return bytes;
    }
};

TEST_F(OutputTest, WritesWhatWasGathered) {
    EXPECT_EQ(output_.write(ends_[0]), Output::Progress::done);
    output_.text() += "PING\r\n";
    output_.text() += "PONG\r\n";
    EXPECT_EQ(output_.pending(), 12U);
    EXPECT_EQ(output_.write(ends_[0]), Output::Progress::done);
    EXPECT_EQ(output_.pending(), 0U);
    EXPECT_EQ(read(), "PING\r\nPONG\r\n");
}

TEST_F(OutputTest, GoesOnWhereItWasBlocked) {
    std::string expected;
    std::string received;
    for (int i = 0; i < 200; ++i) {
        const std::string piece(10000 + static_cast<std::size_t>(i),
                                static_cast<char>('a' + i % 26));
        output_.text() += piece;
        expected += piece;
        output_.write(ends_[0]);
        received += read(5000);
    }
    EXPECT_EQ(output_.write(ends_[0]), Output::Progress::blocked);
    EXPECT_GT(output_.pending(), 0U);
    while (output_.write(ends_[0]) == Output::Progress::blocked) {
        received += read();
    }
    while (received.size() < expected.size()) {
        const std::string rest = read();
        ASSERT_FALSE(rest.empty());
        received += rest;
    }
    EXPECT_TRUE(received == expected);
}

TEST_F(OutputTest, DropsTheRestWhenThePeerIsGone) {
    close_peer();
    output_.text() += "PING\r\n";
    EXPECT_EQ(output_.write(ends_[0]), Output::Progress::failed);
    EXPECT_EQ(output_.pending(), 0U);
}

}  // namespace
}  // namespace resgate::nats
