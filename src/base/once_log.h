#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace resgate {

/// Error lines that are written once per key for the life of the gateway ([LOG-5], [LOG-6]). May be
/// used from any thread; only for rare events, as it takes a lock.
class OnceLog {
  public:
    explicit OnceLog(Log& log) : log_(log) {}

    void error(std::string key, std::string_view text) {
        const std::lock_guard guard(mutex_);
        if (written_.insert(std::move(key)).second)
            log_.error(text);
    }

  private:
    Log& log_;
    std::mutex mutex_;
    std::set<std::string, std::less<>> written_;
};

}  // namespace resgate
