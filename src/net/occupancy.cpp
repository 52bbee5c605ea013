#include "net/occupancy.h"

#include <ctime>

namespace resgate::net {

namespace {

constexpr std::chrono::milliseconds time_between_looks{10};

/// Shares of one thread's time. Work costs more on several threads than on one, so between the two
/// there is room: what has just been spread does not look like too little at once.
constexpr double too_much = 0.85;
constexpr double little = 0.6;

}  // namespace

std::chrono::nanoseconds process_cpu_time() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

bool Occupancy::look(TimePoint now) {
    const auto passed = std::chrono::duration<double, std::nano>(now - looked_);
    if (passed < time_between_looks) {
        return false;
    }
    const std::chrono::nanoseconds used = cpu_time_();
    const double share = std::chrono::duration<double, std::nano>(used - used_) / passed;
    looked_ = now;
    used_ = used;
    const bool sufficed = suffices_;
    suffices_ = share < (sufficed ? too_much : little);
    return suffices_ != sufficed;
}

}  // namespace resgate::net
