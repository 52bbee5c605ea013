#include "net/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <cassert>

// The time is counted in ticks, and a tick is read as a number of six digits to the base 64. A
// timer waits on the level of the highest digit in which its tick differs from `current_`, in the
// slot of that digit. When `current_` reaches the beginning of a slot above level 0, the slot's
// timers move down. All lists are circular, with the first nodes of `nodes_` as their heads.

namespace resgate::net {

namespace {

constexpr std::chrono::hours longest_delay{24 * 365};  // far from the end of six digits

}  // namespace

TimerWheel::TimerWheel(std::function<TimePoint()> clock)
    : clock_(std::move(clock)), origin_(clock_()), nodes_(lists) {
    for (std::uint32_t head = 0; head < lists; ++head) {
        nodes_[head].previous = nodes_[head].next = head;
    }
}

std::uint64_t TimerWheel::ticks_at(TimePoint time) const {
    return time <= origin_ ? 0 : static_cast<std::uint64_t>((time - origin_) / tick);
}

TimerId TimerWheel::start(std::chrono::milliseconds delay, std::function<void()> action) {
    std::uint32_t node = free_;
    if (node == nobody) {
        node = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
    } else {
        free_ = nodes_[node].next;
    }
    nodes_[node].action = std::move(action);
    ++running_;
    if (delay.count() <= 0) {
        append(due_list, node);
    } else {
        const TimePoint due = clock_() + std::min<std::chrono::milliseconds>(delay, longest_delay);
        const std::uint64_t whole = ticks_at(due);
        const bool on_the_tick = origin_ + whole * tick == due;
        // Rounded up: never early. And `current_`, which has fired already, may be ahead.
        nodes_[node].due = std::max(on_the_tick ? whole : whole + 1, current_ + 1);
        place(node);
    }
    return static_cast<TimerId>(std::uint64_t{nodes_[node].generation} << 32U | node);
}

void TimerWheel::cancel(TimerId timer) {
    const auto id = static_cast<std::uint64_t>(timer);
    const auto node = static_cast<std::uint32_t>(id);
    if (node < lists || node >= nodes_.size() || nodes_[node].list == nobody ||
        nodes_[node].generation != id >> 32U) {
        return;
    }
    unlink(node);
    release(node);
}

std::optional<TimePoint> TimerWheel::next_due() const {
    if (!empty(due_list)) {
        return origin_;
    }
    const std::optional<Step> step = next_step();
    return step ? std::optional(origin_ + step->tick * tick) : std::nullopt;
}

void TimerWheel::advance() {
    splice(due_list, firing_list);
    fire();
    const std::uint64_t now = ticks_at(clock_());
    while (current_ < now) {
        const std::optional<Step> step = next_step();
        if (!step || step->tick > now) {
            current_ = now;
            return;
        }
        take_step(*step);
        fire();
    }
}

std::optional<TimerWheel::Step> TimerWheel::next_step() const {
    for (unsigned level = 0; level < levels; ++level) {
        const unsigned shift = level * slot_bits;
        // Slots up to that of `current_` are in the past and empty, so the lowest set bit is the
        // next one.
        if (occupied_[level] != 0) {
            const auto slot = static_cast<unsigned>(std::countr_zero(occupied_[level]));
            const std::uint64_t higher = current_ >> shift >> slot_bits << slot_bits << shift;
            return Step{higher + (std::uint64_t{slot} << shift), level};
        }
    }
    return std::nullopt;
}

void TimerWheel::take_step(Step step) {
    current_ = step.tick;
    const unsigned slot = (current_ >> (step.level * slot_bits)) & (slots - 1);
    const std::uint32_t list = step.level * slots + slot;
    if (step.level == 0) {
        splice(list, firing_list);
        return;
    }
    while (!empty(list)) {
        const std::uint32_t node = nodes_[list].next;
        unlink(node);
        place(node);
    }
}

void TimerWheel::fire() {
    while (!empty(firing_list)) {
        const std::uint32_t node = nodes_[firing_list].next;
        const std::function<void()> action = std::move(nodes_[node].action);
        unlink(node);
        release(node);
        action();
    }
}

void TimerWheel::place(std::uint32_t node) {
    const std::uint64_t due = nodes_[node].due;
    if (due <= current_) {
        append(firing_list, node);  // only while its slot moves down, at exactly its tick
        return;
    }
    const auto highest = static_cast<unsigned>(std::bit_width(due ^ current_)) - 1;
    const unsigned level = highest / slot_bits;
    assert(level < levels);
    const unsigned slot = (due >> (level * slot_bits)) & (slots - 1);
    append(level * slots + slot, node);
    occupied_[level] |= std::uint64_t{1} << slot;
}

void TimerWheel::append(std::uint32_t list, std::uint32_t node) {
    Node& head = nodes_[list];
    nodes_[node].list = list;
    nodes_[node].previous = head.previous;
    nodes_[node].next = list;
    nodes_[head.previous].next = node;
    head.previous = node;
}

void TimerWheel::unlink(std::uint32_t node) {
    const Node& it = nodes_[node];
    nodes_[it.previous].next = it.next;
    nodes_[it.next].previous = it.previous;
    if (it.list < due_list && empty(it.list)) {
        occupied_[it.list / slots] &= ~(std::uint64_t{1} << (it.list % slots));
    }
}

void TimerWheel::release(std::uint32_t node) {
    Node& it = nodes_[node];
    it.action = nullptr;
    it.list = nobody;
    ++it.generation;
    it.next = free_;
    free_ = node;
    --running_;
}

void TimerWheel::splice(std::uint32_t from, std::uint32_t to) {
    while (!empty(from)) {
        const std::uint32_t node = nodes_[from].next;
        unlink(node);
        append(to, node);
    }
}

}  // namespace resgate::net
