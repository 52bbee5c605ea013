#include "cache/throttle.h"

#include <cassert>
#include <utility>

namespace resgate::cache {

void Throttles::run_limited(ThrottleId budget, std::function<void()> start) {
    Budget& used = budgets_[budget];
    if (used.active >= limit_) {
        used.waiting.push_back(std::move(start));
        return;
    }
    ++used.active;
    start();
}

void Throttles::settle(ThrottleId budget) {
    if (!limited() || budget == 0)
        return;
    const auto found = budgets_.find(budget);
    assert(found != budgets_.end());
    Budget& used = found->second;
    if (used.is_starting) {  // one after the other: thousands may have nothing to do any more
        ++used.settled_then;
        return;
    }
    used.is_starting = true;
    for (std::size_t free = 1; free > 0; free = std::exchange(used.settled_then, 0) + free - 1) {
        if (used.waiting.empty()) {
            --used.active;
            continue;
        }
        // The slot changes hands, so `active` stays.
        const auto start = std::move(used.waiting.front());
        used.waiting.pop_front();
        start();
    }
    used.is_starting = false;
    if (used.active == 0)
        budgets_.erase(budget);
}

}  // namespace resgate::cache
