#pragma once

#include <cstdint>
#include <ctime>

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace resgate::test {

/// How much work a piece of code is, to compare it with the same piece in other circumstances: the
/// instructions that this thread executes in user mode, or its CPU time in nanoseconds where the
/// kernel does not let us count.
template <typename Piece>
std::uint64_t work_of(Piece&& piece) {
    perf_event_attr attributes{};
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.size = sizeof attributes;
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.disabled = 1;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    const auto counter = static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
    const auto cpu_time = [] {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<std::uint64_t>(now.tv_sec) * 1000000000U +
               static_cast<std::uint64_t>(now.tv_nsec);
    };
    const std::uint64_t before = cpu_time();
    if (counter >= 0)
        ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
    piece();
    std::uint64_t counted = 0;
    if (counter >= 0) {
        ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
        if (read(counter, &counted, sizeof counted) != sizeof counted)
            counted = 0;
        close(counter);
    }
    return counted > 0 ? counted : cpu_time() - before;
}

}  // namespace resgate::test
