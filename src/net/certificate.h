#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "base/result.h"
#include "base/timers.h"
#include "net/tls_server_context.h"

namespace resgate::net {

/// The certificate that clients are shown, read again when its files change ([OPS-12], [OPS-15]).
///
/// The files are looked at once a second, through all symbolic links, so it does not matter how
/// they are replaced (docs/decisions/0008-tls-for-clients.md). They are read when they have changed
/// and then been left alone for one such time, lest a pair is read that is still being written.
///
/// `timers` and `log` outlive it; thread of `timers`.
class Certificate {
  public:
    /// Names of PEM files.
    Certificate(std::string certificate_file, std::string key_file, Timers& timers, Log& log);
    ~Certificate();
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    /// Reads the files. The failure is a reason of [OPS-6].
    std::optional<std::string> load();

    /// Begins to look at the files; `replaced` is called whenever `current` is another one. A pair
    /// that cannot be used is one error line, and `current` stays as it is.
    void watch(std::function<void()> replaced);

    void stop();

    /// What was read last; null before `load`.
    const TlsServerContextPtr& current() const { return current_; }

  private:
    /// What shows that a file is another one: file system, number, size, and times in nanoseconds
    /// of the last change of its content and of its attributes. All 0 without a file.
    using Version =
        std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;
    using Versions = std::pair<Version, Version>;

    static Version version_of(const std::string& file);
    Versions versions() const;
    void look();

    const std::string certificate_file_;
    const std::string key_file_;
    Timers& timers_;
    Log& log_;
    TlsServerContextPtr current_;
    Versions read_;  ///< what `load` read last
    Versions seen_;  ///< at the last look
    std::function<void()> replaced_;
    TimerId timer_ = TimerId::none;
};

}  // namespace resgate::net
