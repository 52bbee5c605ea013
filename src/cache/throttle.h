#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <utility>

#include "cache/messages.h"

namespace resgate::cache {

/// Budgets of concurrent requests (50.8), each with its own FIFO of those that wait. A budget that
/// is not in use takes no memory. Hub thread.
class Throttles {
  public:
    /// `limit` 0 or less: everything is started at once ([THR-1], [THR-5]).
    explicit Throttles(std::int64_t limit) : limit_(limit) {}

    bool limited() const { return limit_ > 0; }

    /// Calls `start` now, or as soon as a slot of the budget is free. Who started must call
    /// `settle` once. Budget 0 is unlimited.
    template <typename Start>
    void run(ThrottleId budget, Start&& start) {
        if (!limited() || budget == 0)
            return start();
        run_limited(budget, std::forward<Start>(start));
    }

    /// Gives a slot back: the next one in the FIFO starts at once.
    void settle(ThrottleId budget);

  private:
    struct Budget {
        std::int64_t active = 0;
        std::deque<std::function<void()>> waiting;
        bool is_starting = false;      ///< `settle` is at work
        std::size_t settled_then = 0;  ///< slots given back by what it started
    };

    void run_limited(ThrottleId budget, std::function<void()> start);

    std::int64_t limit_;
    std::unordered_map<ThrottleId, Budget> budgets_;
};

}  // namespace resgate::cache
