#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace resgate::bench {

/// A program run for a measurement; ended when the object is.
class Process {
  public:
    /// Looks the program up in the path; its output is dropped.
    explicit Process(const std::vector<std::string>& command);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }

    bool is_running() const;
    /// User and system time used so far, in microseconds.
    double cpu_us() const;
    double user_us() const;
    /// Resident memory in bytes.
    std::size_t resident_bytes() const;

  private:
    pid_t pid_;
};

/// A port of the loopback interface that nobody listens on.
std::uint16_t free_port();

/// Waits until somebody listens on the port or the process has ended; false in the latter case.
bool wait_for_port(std::uint16_t port, const Process& process);

}  // namespace resgate::bench
