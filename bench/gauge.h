#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

namespace resgate::bench {

/// What a process has used since it started.
struct Usage {
    double cpu_us = 0;           ///< user and system time of all threads, in microseconds
    double user_us = 0;          ///< the user part; its share is sampled by the kernel at each tick
    std::uint64_t switches = 0;  ///< voluntary context switches of all threads
};

Usage operator-(const Usage& after, const Usage& before);

/// Reads the figures of another process of this machine.
class Gauge {
  public:
    /// Throws if there is no such process.
    explicit Gauge(pid_t pid);

    /// Throws if the process has ended.
    Usage usage() const;

    /// Resident memory in bytes that is backed by no file: heap and stacks.
    std::size_t anonymous_bytes() const;
    /// All resident memory in bytes.
    std::size_t resident_bytes() const;

    bool is_alive() const;

  private:
    pid_t pid_;
    clockid_t clock_ = 0;
};

}  // namespace resgate::bench
