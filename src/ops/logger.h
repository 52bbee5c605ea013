#pragma once

#include <chrono>
#include <ctime>
#include <functional>
#include <mutex>
#include <string>

#include "base/log.h"

namespace resgate::ops {

/// Which of the optional lines are written; error and info lines always are ([OPS-61]).
struct LogLevels {
    bool debug = false;
    bool trace = false;
};

/// Writes log lines to a file descriptor, by default stderr ([OPS-60]):
/// `YYYY/MM/DD hh:mm:ss.uuuuuu [LVL] text`, local time.
///
/// Lines leave unbuffered and whole, whichever thread they come from. A line that cannot be written
/// is lost without a trace. May be used from any thread; does not own the descriptor.
///
/// Not made with a logging library: its levels are a scale, and ours are independent; its level
/// names, formatter and sink would all have to be replaced, which leaves only the time of day.
class Logger : public Log {
  public:
    using WallClock = std::function<std::chrono::system_clock::time_point()>;

    explicit Logger(LogLevels levels);
    Logger(LogLevels levels, int descriptor, WallClock clock);

    bool enabled(LogLevel level) const override;
    void write(LogLevel level, std::string_view text) override;

  private:
    /// Appends `YYYY/MM/DD hh:mm:ss.uuuuuu`.
    void append_time();

    const LogLevels levels_;
    const int descriptor_;
    const WallClock clock_;

    std::mutex mutex_;        ///< guards what follows, and keeps lines whole
    std::string line_;        ///< the line being written; kept for its memory
    std::time_t second_ = 0;  ///< the second that `date_` shows
    std::string date_;        ///< `YYYY/MM/DD hh:mm:ss`, as local time costs more than the rest
};

}  // namespace resgate::ops
