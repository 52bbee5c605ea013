#include "net/event_loop.h"

#include <cassert>
#include <iterator>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>

namespace resgate::net {

namespace asio = boost::asio;

namespace {

/// Handlers run in one turn at most, so that a flood of input cannot keep the output back.
constexpr int handlers_per_turn = 1024;

/// Rounds of posted calls in one turn at most, since each can post again.
constexpr int rounds_per_turn = 16;

/// The loop that this thread runs.
thread_local EventLoop* current_loop = nullptr;

}  // namespace

EventLoop::EventLoop(std::string name) : name_(std::move(name)), timer_(context_) {}

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
    const auto work = asio::make_work_guard(context_);
    finish_turn();  // what was done before the loop ran
    while (!stopping_.load(std::memory_order_acquire)) {
        take_turn();
    }
    take_incoming();
    finish_turn();
    current_loop = outer;
}

void EventLoop::stop() {
    stopping_.store(true, std::memory_order_release);
    asio::post(context_, [] {});
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
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        wake = incoming_.empty();
        std::move(calls.begin(), calls.end(), std::back_inserter(incoming_));
    }
    calls.clear();
    if (wake) {
        asio::post(context_, [this] { take_incoming(); });
    }
}

void EventLoop::take_incoming() {
    Calls calls;
    {
        const std::lock_guard lock(mutex_);
        calls.swap(incoming_);
    }
    std::move(calls.begin(), calls.end(), std::back_inserter(local_));
}

void EventLoop::take_turn() {
    // Calls left over from the last turn are a reason not to wait, and so are timers without delay,
    // for which no timer of the system is set.
    turn_over_ = false;
    const bool timers_due = wheel_.has_undelayed();
    std::size_t ran = local_.empty() && !timers_due ? context_.run_one() : context_.poll_one();
    for (int i = 0; i < handlers_per_turn && ran != 0 && !turn_over_; ++i) {
        ran = context_.poll_one();
    }
    if (timers_due) {
        wheel_.advance();
    }
    finish_turn();
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
    arm_timer();
    poller_.arm();
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

void EventLoop::arm_timer() {
    if (wheel_.has_undelayed()) {
        return;  // the next turn comes at once
    }
    const std::optional<TimePoint> due = wheel_.next_due();
    // A timer that goes off too early, because the wheel's was cancelled, costs less than setting
    // it back each time.
    if (!due || *due >= timer_due_) {
        return;
    }
    timer_due_ = *due;
    timer_.expires_at(*due);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            timer_due_ = TimePoint::max();
            wheel_.advance();
        }
    });
}

}  // namespace resgate::net
