#pragma once

#include <cstdint>
#include <string_view>

namespace resgate {

enum class LogLevel : std::uint8_t { error, info, debug, trace };

/// Where log lines go ([OPS-60] to [OPS-65]). Implementations may be called from any thread.
class Log {
  public:
    virtual ~Log() = default;

    /// Whether lines of this level are written at all; ask before composing an expensive line.
    virtual bool enabled(LogLevel level) const = 0;

    /// Writes one line. Does nothing if the level is not enabled.
    virtual void write(LogLevel level, std::string_view text) = 0;

    void error(std::string_view text) { write(LogLevel::error, text); }

    void info(std::string_view text) { write(LogLevel::info, text); }

    void debug(std::string_view text) { write(LogLevel::debug, text); }

    void trace(std::string_view text) { write(LogLevel::trace, text); }
};

}  // namespace resgate
