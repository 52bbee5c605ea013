#pragma once

#include <cassert>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/timers.h"

namespace resgate::test {

/// Timers on a clock that only moves when a test moves it. What is due at the same time fires in
/// the order it was started.
class SimulatedTimers final : public Timers {
  public:
    TimePoint now() const override { return now_; }

    TimerId start(std::chrono::milliseconds delay, std::function<void()> action) override {
        assert(action);
        const auto id = TimerId{++last_id_};
        const TimePoint deadline = delay.count() > 0 ? now_ + delay : now_;
        running_.emplace(Key{deadline, id}, std::move(action));
        deadlines_.emplace(id, deadline);
        return id;
    }

    void cancel(TimerId timer) override {
        if (const auto found = deadlines_.find(timer); found != deadlines_.end()) {
            running_.erase(Key{found->second, timer});
            deadlines_.erase(found);
        }
    }

    /// Fires everything that is due now, including what is started meanwhile with no delay.
    /// Returns how many fired.
    std::size_t run_due() {
        std::size_t fired = 0;
        while (!running_.empty() && running_.begin()->first.deadline <= now_) {
            auto node = running_.extract(running_.begin());
            deadlines_.erase(node.key().id);
            node.mapped()();
            ++fired;
        }
        return fired;
    }

    /// Moves the clock forward, firing each timer at its own time. Returns how many fired.
    std::size_t advance(std::chrono::milliseconds duration) {
        const TimePoint end = now_ + duration;
        std::size_t fired = run_due();
        while (!running_.empty() && running_.begin()->first.deadline <= end) {
            now_ = running_.begin()->first.deadline;
            fired += run_due();
        }
        now_ = end;
        return fired;
    }

    /// When the next timer fires; nothing if none is running.
    std::optional<TimePoint> next_deadline() const {
        if (running_.empty()) {
            return std::nullopt;
        }
        return running_.begin()->first.deadline;
    }

    std::size_t running() const { return running_.size(); }

  private:
    struct Key {
        TimePoint deadline;
        TimerId id;

        auto operator<=>(const Key&) const = default;
    };

    TimePoint now_ = TimePoint{} + std::chrono::hours(1);
    std::uint64_t last_id_ = 0;
    std::map<Key, std::function<void()>> running_;
    std::unordered_map<TimerId, TimePoint> deadlines_;
};

}  // namespace resgate::test
