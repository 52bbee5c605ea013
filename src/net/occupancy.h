#pragma once

#include <chrono>
#include <functional>

#include "base/timers.h"

namespace resgate::net {

/// CPU time this process has used, in all threads.
std::chrono::nanoseconds process_cpu_time();

/// Whether one thread is enough for what the process does at present. One thread.
class Occupancy {
  public:
    explicit Occupancy(std::function<std::chrono::nanoseconds()> cpu_time = process_cpu_time)
        : cpu_time_(std::move(cpu_time)) {}

    /// Looks again, at most once in ten milliseconds. True if the answer has changed.
    bool look(TimePoint now);

    bool one_thread_suffices() const { return suffices_; }

  private:
    std::function<std::chrono::nanoseconds()> cpu_time_;
    TimePoint looked_;
    std::chrono::nanoseconds used_{};
    bool suffices_ = true;
};

}  // namespace resgate::net
