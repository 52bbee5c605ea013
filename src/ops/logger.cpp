#include "ops/logger.h"

#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include "ops/write_all.h"

namespace resgate::ops {
namespace {

/// Memory kept between two lines; traced payloads can be much longer.
constexpr std::size_t kept_capacity = 65536;

std::string_view tag(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return " [ERR] ";
        case LogLevel::info:
            return " [INF] ";
        case LogLevel::debug:
            return " [DBG] ";
        case LogLevel::trace:
            break;
    }
    return " [TRC] ";
}

}  // namespace

Logger::Logger(LogLevels levels)
    : Logger(levels, STDERR_FILENO, [] { return std::chrono::system_clock::now(); }) {}

Logger::Logger(LogLevels levels, int descriptor, WallClock clock)
    : levels_(levels), descriptor_(descriptor), clock_(std::move(clock)) {}

bool Logger::enabled(LogLevel level) const {
    switch (level) {
        case LogLevel::error:
        case LogLevel::info:
            return true;
        case LogLevel::debug:
            return levels_.debug;
        case LogLevel::trace:
            break;
    }
    return levels_.trace;
}

void Logger::write(LogLevel level, std::string_view text) {
    if (!enabled(level)) {
        return;
    }
    const std::lock_guard guard(mutex_);
    line_.clear();
    append_time();
    line_ += tag(level);
    line_ += text;
    line_ += '\n';
    write_all(descriptor_, line_);
    if (line_.capacity() > kept_capacity) {
        line_ = std::string();
    }
}

void Logger::append_time() {
    using namespace std::chrono;
    const auto now = time_point_cast<microseconds>(clock_());
    const auto whole = floor<seconds>(now);
    const std::time_t second = system_clock::to_time_t(whole);
    if (date_.empty() || second != second_) {
        std::tm local{};
        localtime_r(&second, &local);
        date_ = fmt::format("{:%Y/%m/%d %H:%M:%S}", local);
        second_ = second;
    }
    fmt::format_to(std::back_inserter(line_), "{}.{:06}", date_, (now - whole).count());
}

}  // namespace resgate::ops
