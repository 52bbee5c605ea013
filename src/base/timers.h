#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace resgate {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// Names a running timer. Never reused while a program could still hold it; 0 names no timer.
enum class TimerId : std::uint64_t { none = 0 };

/// The time, and calls at a later time, of one thread. The wheel of an event loop implements it,
/// and so does the simulated clock of the tests.
class Timers {
  public:
    virtual ~Timers() = default;

    virtual TimePoint now() const = 0;

    /// Calls `action` once, on this object's thread and never from within `start`, as soon as
    /// `delay` has passed. A delay of zero or less means the next turn.
    virtual TimerId start(std::chrono::milliseconds delay, std::function<void()> action) = 0;

    /// Forgets the timer. Harmless if it has fired, was cancelled, or is `TimerId::none`.
    virtual void cancel(TimerId timer) = 0;
};

}  // namespace resgate
