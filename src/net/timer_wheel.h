#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/timers.h"

namespace resgate::net {

/// Timers in constant time: a hierarchical wheel of six levels with 64 slots each.
///
/// Knows no operating system: whoever owns it calls `advance`, at `next_due` at the latest. A timer
/// never fires early, and up to one tick late. One thread.
class TimerWheel final : public Timers {
  public:
    static constexpr std::chrono::milliseconds tick{4};

    /// `clock` is asked for the time; a test passes one of its own.
    explicit TimerWheel(std::function<TimePoint()> clock = Clock::now);

    TimePoint now() const override { return clock_(); }

    TimerId start(std::chrono::milliseconds delay, std::function<void()> action) override;
    void cancel(TimerId timer) override;

    /// When `advance` has something to do next; nothing if no timer is running.
    std::optional<TimePoint> next_due() const;

    /// Whether a timer without delay is waiting for `advance`.
    bool has_undelayed() const { return !empty(due_list); }

    /// Calls the actions of all timers that are due, in the order of their ticks.
    void advance();

    std::size_t running() const { return running_; }

  private:
    static constexpr unsigned levels = 6;
    static constexpr unsigned slot_bits = 6;
    static constexpr unsigned slots = 1U << slot_bits;
    static constexpr std::uint32_t due_list = levels * slots;
    static constexpr std::uint32_t firing_list = due_list + 1;
    static constexpr std::uint32_t lists = firing_list + 1;
    static constexpr std::uint32_t nobody = 0xffffffff;

    /// A timer, or the head of a list (the first `lists` nodes).
    struct Node {
        std::uint32_t previous = nobody;
        std::uint32_t next = nobody;
        std::uint32_t generation = 1;
        std::uint32_t list = nobody;  ///< where it is; `nobody` if it is free
        std::uint64_t due = 0;        ///< in ticks since `origin_`
        std::function<void()> action;
    };

    std::uint64_t ticks_at(TimePoint time) const;
    void place(std::uint32_t node);
    void append(std::uint32_t list, std::uint32_t node);
    void unlink(std::uint32_t node);
    void release(std::uint32_t node);
    void splice(std::uint32_t from, std::uint32_t to);

    /// The next tick at which a slot has to be looked at, and the level of that slot.
    struct Step {
        std::uint64_t tick;
        unsigned level;
    };

    std::optional<Step> next_step() const;
    void take_step(Step step);
    void fire();

    bool empty(std::uint32_t list) const { return nodes_[list].next == list; }

    std::function<TimePoint()> clock_;
    TimePoint origin_;
    std::uint64_t current_ = 0;  ///< the tick up to which everything has fired
    std::array<std::uint64_t, levels> occupied_{};
    std::vector<Node> nodes_;
    std::uint32_t free_ = nobody;
    std::size_t running_ = 0;
};

}  // namespace resgate::net
