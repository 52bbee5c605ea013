#include "ops/logger.h"

#include <cstdlib>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace resgate::ops {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

/// Both ends of a pipe.
class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe(ends_), 0); }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    ~Pipe() {
        close_writing();
        ::close(ends_[0]);
    }

    int writing() const { return ends_[1]; }

    void close_writing() {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
        }
        ends_[1] = -1;
    }

    /// One read.
    std::string next() const {
        std::string text(65536, '\0');
        const ssize_t size = ::read(ends_[0], text.data(), text.size());
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text;
    }

    /// Everything until the writing end is closed.
    std::string all() const {
        std::string text;
        for (std::string piece = next(); !piece.empty(); piece = next()) {
            text += piece;
        }
        return text;
    }

  private:
    int ends_[2] = {-1, -1};
};

/// Local time is that of `zone` as long as this lives.
class TimeZone {
  public:
    explicit TimeZone(const char* zone) {
        if (const char* before = std::getenv("TZ")) {
            before_ = before;
        }
        ::setenv("TZ", zone, 1);
        ::tzset();
    }

    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;

    ~TimeZone() {
        if (before_.empty()) {
            ::unsetenv("TZ");
        } else {
            ::setenv("TZ", before_.c_str(), 1);
        }
        ::tzset();
    }

  private:
    std::string before_;
};

class LoggerTest : public testing::Test {
  protected:
    Logger logger(LogLevels levels = {}) {
        return Logger(levels, pipe_.writing(), [this] { return now_; });
    }

    Pipe pipe_;
    TimeZone zone_{"UTC-2"};  // two hours east, in the spelling of POSIX
    system_clock::time_point now_{seconds(1700000000) + microseconds(42)};
};

TEST_F(LoggerTest, WritesLocalTimeWithMicrosecondsAndTheLevel) {  // [OPS-60]
    Logger log = logger({.debug = true, .trace = true});
    log.info("Server ready");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:20.000042 [INF] Server ready\n");
    log.error("Bad");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:20.000042 [ERR] Bad\n");
    log.debug("Small");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:20.000042 [DBG] Small\n");
    log.trace("S=> system.*");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:20.000042 [TRC] S=> system.*\n");
}

TEST_F(LoggerTest, FollowsTheClock) {
    Logger log = logger();
    log.info("");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:20.000042 [INF] \n");
    now_ += microseconds(999957);
    log.info("");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:20.999999 [INF] \n");
    now_ += microseconds(1);
    log.info("");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:21.000000 [INF] \n");
    now_ -= seconds(3600);
    log.info("");
    EXPECT_EQ(pipe_.next(), "2023/11/14 23:13:21.000000 [INF] \n");
}

TEST_F(LoggerTest, LeavesLineFeedsInTheText) {  // [OPS-60]
    Logger log = logger();
    log.info("one\n\ttwo");
    EXPECT_EQ(pipe_.next(), "2023/11/15 00:13:20.000042 [INF] one\n\ttwo\n");
}

TEST_F(LoggerTest, SwitchesDebugAndTraceIndependently) {  // [OPS-61]
    for (const bool debug : {false, true}) {
        for (const bool trace : {false, true}) {
            Logger log = logger({.debug = debug, .trace = trace});
            EXPECT_TRUE(log.enabled(LogLevel::error));
            EXPECT_TRUE(log.enabled(LogLevel::info));
            EXPECT_EQ(log.enabled(LogLevel::debug), debug);
            EXPECT_EQ(log.enabled(LogLevel::trace), trace);
            log.debug("d");
            log.trace("t");
            log.info("end");
            std::string lines;
            while (!lines.ends_with("end\n")) {
                lines += pipe_.next();
            }
            EXPECT_EQ(lines.find("[DBG] d\n") != std::string::npos, debug);
            EXPECT_EQ(lines.find("[TRC] t\n") != std::string::npos, trace);
        }
    }
}

TEST_F(LoggerTest, KeepsLinesOfSeveralThreadsWhole) {  // [OPS-60]
    constexpr int lines_each = 20;
    const std::string payload(10000, 'x');  // longer than what a pipe takes atomically
    Logger log = logger();
    std::string received;
    std::thread reader([&] { received = pipe_.all(); });
    std::vector<std::thread> writers;
    for (int thread = 0; thread < 4; ++thread) {
        writers.emplace_back([&] {
            for (int line = 0; line < lines_each; ++line) {
                log.info(payload);
            }
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    pipe_.close_writing();
    reader.join();
    std::istringstream lines(received);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        ASSERT_EQ(line, "2023/11/15 00:13:20.000042 [INF] " + payload);
    }
    EXPECT_EQ(count, 4 * lines_each);
}

TEST_F(LoggerTest, WaitsForAReaderOfANonBlockingPipe) {
    ASSERT_EQ(::fcntl(pipe_.writing(), F_SETFL, O_NONBLOCK), 0);
    const std::string payload(1000000, 'x');
    Logger log = logger();
    std::string received;
    std::thread reader([&] { received = pipe_.all(); });
    log.info(payload);
    log.info("after");
    pipe_.close_writing();
    reader.join();
    EXPECT_EQ(received, "2023/11/15 00:13:20.000042 [INF] " + payload +
                            "\n2023/11/15 00:13:20.000042 [INF] after\n");
}

TEST_F(LoggerTest, LosesLinesThatCannotBeWritten) {
    Logger log({}, -1, [this] { return now_; });
    log.error("nobody reads this");
}

}  // namespace
}  // namespace resgate::ops
