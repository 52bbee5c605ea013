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
    const std::lock_guard lock(turn_mutex_);
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
    const std::lock_guard lock(turn_mutex_);
    EventLoop* const outer = std::exchange(current_loop, this);
    turn(std::min(longest_wait, longest_wait_of_all));
    current_loop = outer;
}

void EventLoop::rest_with(EventLoop& host) {
    // An epoll set has no peer that goes away: this is an interest in nothing.
    if (host.poller_.watch(poller_.descriptor(), Poller::Interest::none, Poller::Interest::loss,
                           *this)) {
        host_ = &host;
        may_rest_ = true;
    }
}

void EventLoop::let_rest(bool may_rest) {
    may_rest_ = may_rest && host_ != nullptr;
    if (!may_rest) {
        bell_.ring();
    }
}

void EventLoop::stop() {
    stopping_.store(true, std::memory_order_release);
    poller_.interrupt();
    bell_.ring();
    const bool on_own_thread = thread_.get_id() == std::this_thread::get_id();
    if (thread_.joinable() && !on_own_thread && !in_loop_thread()) {
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
        Outgoing& outgoing = current_loop->outgoing_to(*this);
        outgoing.calls.push_back(std::move(call));
        outgoing.brief = false;
    } else {
        Calls calls;
        calls.push_back(std::move(call));
        deliver(calls, false);
    }
}

void EventLoop::post_brief(std::function<void()> call) {
    if (current_loop == nullptr || in_loop_thread()) {
        post(std::move(call));
    } else {
        current_loop->outgoing_to(*this).calls.push_back(std::move(call));
    }
}

EventLoop::Outgoing& EventLoop::outgoing_to(EventLoop& target) {
    // A handful of loops: a linear search beats a map.
    for (Outgoing& outgoing : outgoing_) {
        if (outgoing.target == &target) {
            return outgoing;
        }
    }
    return outgoing_.emplace_back(Outgoing{&target, {}});
}

/// Any thread. Leaves `calls` empty.
void EventLoop::deliver(Calls& calls, bool brief) {
    {
        const std::lock_guard lock(mutex_);
        std::move(calls.begin(), calls.end(), std::back_inserter(incoming_));
    }
    calls.clear();
    // In one order for all threads with `wait`, which writes `asleep_` and then reads this: so one
    // of both sees what the other did.
    has_incoming_.store(true);
    if (asleep_.exchange(false) && !(brief && visit())) {
        wake_up();
    }
}

/// Ends the waiting of the own thread, or the next one. If the loop rests by the time it looks, the
/// host takes the turn instead.
void EventLoop::wake_up() {
    if (resting_.load()) {
        bell_.ring();
    } else {
        poller_.interrupt();
    }
}

/// Takes a turn in the stead of the loop's own thread, which waits. On the thread of another loop;
/// false if that came too late.
bool EventLoop::visit() {
    const std::unique_lock lock(turn_mutex_, std::try_to_lock);
    if (!lock) {
        return false;
    }
    EventLoop* const outer = std::exchange(current_loop, this);
    visited_ = true;
    take_incoming();
    finish_turn();
    visited_ = false;
    current_loop = outer;
    asleep_.store(true);
    return !has_to_wake_up() || !asleep_.exchange(false);
}

/// Whether a visit has left something that the loop's own thread does not wait for.
bool EventLoop::has_to_wake_up() {
    if (has_incoming_.load() || !local_.empty() || wheel_.has_undelayed()) {
        return true;
    }
    const std::optional<TimePoint> due = wheel_.next_due();
    return due && *due < wakes_up_;
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
    if (wheel_.has_undelayed() || !local_.empty()) {
        poller_.wait(0);  // calls left over from the last turn are a reason not to wait
    } else {
        wait(wheel_.next_due(), longest_wait);
    }
    handle_found();
}

/// The rest of a turn, after the poller has looked.
void EventLoop::handle_found() {
    const bool undelayed = wheel_.has_undelayed();
    const std::optional<TimePoint> due = undelayed ? std::nullopt : wheel_.next_due();
    poller_.tell();
    take_incoming();
    if (undelayed || (due && *due <= wheel_.now())) {
        wheel_.advance();
    }
    finish_turn();
    // A loop that was visited may have answered at once.
    for (int round = 0; round < rounds_per_turn && has_incoming_.load(); ++round) {
        take_incoming();
        finish_turn();
    }
}

/// Waits, such that whoever posts knows that it has to interrupt that, or may visit.
void EventLoop::wait(std::optional<TimePoint> due, std::chrono::milliseconds longest) {
    const TimePoint now = wheel_.now();
    const TimePoint latest = now + longest;
    // Not longer than the last time, though that timer may have been cancelled: most timers are,
    // and the next one, started in a visit, would have to end the waiting again.
    if (wakes_up_ <= now || wakes_up_ > latest) {
        wakes_up_ = latest;
    }
    if (due) {
        wakes_up_ = std::min(wakes_up_, *due);
    }
    const auto time = std::max(std::chrono::ceil<std::chrono::milliseconds>(wakes_up_ - now),
                               std::chrono::milliseconds(0));
    asleep_.store(true);
    const int milliseconds = has_incoming_.load() ? 0 : static_cast<int>(time.count());
    if (!may_rest_.load() || !rest(milliseconds)) {
        turn_mutex_.unlock();
        poller_.wait(milliseconds);
        turn_mutex_.lock();
    }
    asleep_.store(false, std::memory_order_relaxed);
}

/// Waits while the host takes the turns. False, at once, if the system refuses.
bool EventLoop::rest(int milliseconds) {
    if (!host_->poller_.watch(poller_.descriptor(), Poller::Interest::loss, Poller::Interest::input,
                              *this)) {
        return false;
    }
    resting_ = true;
    turn_mutex_.unlock();
    bell_.wait(milliseconds);
    // Before the mutex is waited for, or else the host could take one turn after the other.
    host_->poller_.watch(poller_.descriptor(), Poller::Interest::input, Poller::Interest::loss,
                         *this);
    turn_mutex_.lock();
    resting_ = false;
    poller_.wait(0);
    return true;
}

/// The host has found that there is something for this loop, which rests. The host's thread.
void EventLoop::on_ready(bool, bool) {
    const std::unique_lock lock(turn_mutex_, std::try_to_lock);
    if (!lock || !resting_) {
        return;  // its own thread has woken up meanwhile
    }
    EventLoop* const outer = std::exchange(current_loop, this);
    asleep_.store(false);
    int round = 0;
    do {
        poller_.wait(0);
        handle_found();
    } while (++round < rounds_per_turn && (wheel_.has_undelayed() || !local_.empty()));
    current_loop = outer;
    asleep_.store(true);
    if (has_to_wake_up() && asleep_.exchange(false)) {
        wake_up();
    }
}

void EventLoop::finish_turn() {
    run_posted();
    for (std::size_t i = 0; i < hooks_.size(); ++i) {  // a hook may register another one
        hooks_[i]();
    }
    hand_over();
}

/// What this turn has for other loops. Where it has something for several, each does its part at
/// the same time, unless it rests; a visitor makes no visits.
void EventLoop::hand_over() {
    const auto targets = std::count_if(outgoing_.begin(), outgoing_.end(),
                                       [](const Outgoing& each) { return !each.calls.empty(); });
    for (Outgoing& outgoing : outgoing_) {
        if (!outgoing.calls.empty()) {
            const bool brief = std::exchange(outgoing.brief, true);
            const bool may_visit = !visited_ && (targets == 1 || outgoing.target->rests());
            outgoing.target->deliver(outgoing.calls, brief && may_visit);
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
