#include "cache/throttle.h"

#include <cassert>

namespace resgate::cache {

void Throttles::run(ThrottleId budget, std::function<void()> start) {
    if (!limited() || budget == 0)
        return start();
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
    if (used.waiting.empty()) {
        if (--used.active == 0)
            budgets_.erase(found);
        return;
    }
    // The slot changes hands, so `active` stays.
    const auto start = std::move(used.waiting.front());
    used.waiting.pop_front();
    start();
}

}  // namespace resgate::cache
