#include "net/event_loop.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <pthread.h>

namespace resgate::net {

namespace {

/// An hour: no timer is that long before the loop looks again, and it fits what the system takes.
constexpr std::chrono::milliseconds longest_wait_of_all{3600000};

/// Rounds of posted calls in one turn at most, since each can post again.
constexpr int rounds_per_turn = 16;

/// The loop that this thread runs.
thread_local EventLoop* current_loop = nullptr;

}  // namespace

EventLoop::EventLoop(std::string name) : name_(std::move(name)) {}

EventLoop::~EventLoop() {
    stop();
}

void EventLoop::start() {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
        run();
    });
}

void EventLoop::run() {
    EventLoop* const outer = std::exchange(current_loop, this);
    finish_turn();  // what was done before the loop ran
    while (!stopping_.load(std::memory_order_acquire)) {
        turn(longest_wait_of_all);
    }
    take_incoming();
    finish_turn();
    current_loop = outer;
}

void EventLoop::take_turn(std::chrono::milliseconds longest_wait) {
    EventLoop* const outer = std::exchange(current_loop, this);
    turn(std::min(longest_wait, longest_wait_of_all));
    current_loop = outer;
}

void EventLoop::stop() {
    stopping_.store(true, std::memory_order_release);
    poller_.interrupt();
    if (thread_.joinable() && !in_loop_thread()) {
        thread_.join();
    }
}

bool EventLoop::in_loop_thread() const {
    return current_loop == this;
}

void EventLoop::at_end_of_turn(std::function<void()> hook) {
    hooks_.push_back(std::move(hook));
}

void EventLoop::post(std::function<void()> call) {
    if (in_loop_thread()) {
        local_.push_back(std::move(call));
    } else if (current_loop != nullptr) {
        current_loop->outgoing_to(*this).push_back(std::move(call));
    } else {
        Calls calls;
        calls.push_back(std::move(call));
        deliver(calls);
    }
}

EventLoop::Calls& EventLoop::outgoing_to(EventLoop& target) {
    // A handful of loops: a linear search beats a map.
    for (Outgoing& outgoing : outgoing_) {
        if (outgoing.target == &target) {
            return outgoing.calls;
        }
    }
    return outgoing_.emplace_back(Outgoing{&target, {}}).calls;
}

/// Any thread. Leaves `calls` empty.
void EventLoop::deliver(Calls& calls) {
    {
        const std::lock_guard lock(mutex_);
        std::move(calls.begin(), calls.end(), std::back_inserter(incoming_));
    }
    calls.clear();
    // In one order for all threads with `wait`, which writes `asleep_` and then reads this: so one
    // of both sees what the other did.
    has_incoming_.store(true);
    if (asleep_.exchange(false)) {
        poller_.interrupt();
    }
}

void EventLoop::take_incoming() {
    if (!has_incoming_.load(std::memory_order_relaxed) || !has_incoming_.exchange(false)) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        taken_.swap(incoming_);
    }
    std::move(taken_.begin(), taken_.end(), std::back_inserter(local_));
    taken_.clear();
}

void EventLoop::turn(std::chrono::milliseconds longest_wait) {
    const bool undelayed = wheel_.has_undelayed();
    const std::optional<TimePoint> due = undelayed ? std::nullopt : wheel_.next_due();
    if (undelayed || !local_.empty()) {
        poller_.wait(0);  // calls left over from the last turn are a reason not to wait
    } else {
        if (due) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - wheel_.now());
            longest_wait = std::clamp(left, std::chrono::milliseconds(0), longest_wait);
        }
        wait(static_cast<int>(longest_wait.count()));
    }
    take_incoming();
    if (undelayed || (due && *due <= wheel_.now())) {
        wheel_.advance();
    }
    finish_turn();
}

/// Waits, such that whoever posts knows that it has to interrupt that.
void EventLoop::wait(int milliseconds) {
    asleep_.store(true);
    poller_.wait(has_incoming_.load() ? 0 : milliseconds);
    asleep_.store(false, std::memory_order_relaxed);
}

void EventLoop::finish_turn() {
    run_posted();
    for (std::size_t i = 0; i < hooks_.size(); ++i) {  // a hook may register another one
        hooks_[i]();
    }
    for (Outgoing& outgoing : outgoing_) {
        if (!outgoing.calls.empty()) {
            outgoing.target->deliver(outgoing.calls);
        }
    }
}

void EventLoop::run_posted() {
    Calls calls;
    for (int round = 0; round < rounds_per_turn && !local_.empty(); ++round) {
        calls.swap(local_);
        for (std::function<void()>& call : calls) {
            call();
        }
        calls.clear();
    }
    if (local_.empty()) {
        local_.swap(calls);  // keeps the memory for the next turn
    }
}

}  // namespace resgate::net
