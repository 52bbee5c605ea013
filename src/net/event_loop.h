#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/timers.h"
#include "net/bell.h"
#include "net/poller.h"
#include "net/timer_wheel.h"

namespace resgate::net {

/// Waits for sockets and timers, and runs what they cause, on one thread.
///
/// A turn of the loop is: each descriptor that is ready, once; then the timers, the posted calls
/// and the end-of-turn hooks; only then it waits again. So whatever many handlers left to be done
/// for one object (the output of a connection, say) is done once, by a hook.
///
/// While the loop waits, another loop that has something short for it may take a turn of it on its
/// own thread, a **visit**, instead of waking it up ([decision 11](docs/decisions/0011-visits.md)).
/// A mutex that is never waited for by a visitor keeps to one thread at a time; so "on the loop's
/// thread" means: by the loop's own thread, or by a visitor.
///
/// While there is little to do, a loop can **rest** with another one, its host, whose thread waits
/// for the descriptors of both and takes the turns of both
/// ([decision 13](docs/decisions/0013-resting-loops.md)). Its own thread is woken up for what may
/// take long.
///
/// Construct, `start` (own thread) or `run` (this thread), `stop`, destruct.
class EventLoop final : private Pollable {
  public:
    /// `name` is shown by the system's tools; at most 15 characters of it.
    explicit EventLoop(std::string name);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs the loop on a thread of its own.
    void start();

    /// Runs the loop on the calling thread until `stop`.
    void run();

    /// From now on this loop rests with `host` when it has nothing to do, until told otherwise with
    /// `let_rest`. Before either runs; `host` must not run any more when this loop is destructed.
    void rest_with(EventLoop& host);

    /// Whether it may rest; if not, its own thread waits for its descriptors. Any thread. Only
    /// after `rest_with`.
    void let_rest(bool may_rest);

    /// Whether the host takes its turns at present; can have changed by the time it is looked at.
    /// Any thread.
    bool rests() const { return resting_.load(std::memory_order_relaxed); }

    /// Takes a single turn on the calling thread, and waits for it at most so long. For those who
    /// look at something between turns; only while the loop does not run.
    void take_turn(std::chrono::milliseconds longest_wait);

    /// Ends the loop after a last turn, which makes the calls posted before. Any thread; waits for
    /// the loop's own thread unless called on it or in a visit. Harmless when repeated.
    void stop();

    /// Makes the call on the loop's thread, soon. Any thread. Calls posted by one thread are made
    /// in the order posted; those that a loop posts during one turn cross over together, at the end
    /// of that turn. Calls that have not been made when the loop ends are dropped.
    void post(std::function<void()> call);

    /// As `post`, for a call that takes no longer than waking up a thread: if the posting loop has
    /// such calls for one other loop only, and that one sleeps, they are made in a visit; so they
    /// are if it rests.
    void post_brief(std::function<void()> call);

    /// Has `hook` called at the end of each turn, in the order of registration, for as long as the
    /// loop lives. Loop thread, or before the loop runs. A hook may post, and may start timers.
    void at_end_of_turn(std::function<void()> hook);

    /// Time and timers of this loop. Loop thread, or before the loop runs.
    Timers& timers() { return wheel_; }

    /// Waits for descriptors. Loop thread, or before the loop runs.
    Poller& poller() { return poller_; }

    /// Whether the caller is on this loop's thread, or visits it.
    bool in_loop_thread() const;

    /// Whether this turn is a visit during which the poller may have found something that it has
    /// not told yet, so who is interested must not be destroyed. Loop thread.
    bool visited() const { return visited_ && !resting_; }

  private:
    using Calls = std::vector<std::function<void()>>;

    struct Outgoing {
        EventLoop* target;
        Calls calls;
        bool brief = true;  ///< all of them are
    };

    void turn(std::chrono::milliseconds longest_wait);
    void wait(std::optional<TimePoint> due, std::chrono::milliseconds longest);
    bool rest(int milliseconds);
    void on_ready(bool input, bool output) override;
    void handle_found();
    void finish_turn();
    void run_posted();
    void hand_over();
    void deliver(Calls& calls, bool brief);
    bool visit();
    bool has_to_wake_up();
    void wake_up();
    void take_incoming();
    Outgoing& outgoing_to(EventLoop& target);

    std::string name_;
    Poller poller_;
    TimerWheel wheel_;
    std::vector<std::function<void()>> hooks_;
    Calls local_;                     ///< posted by this loop to itself
    std::vector<Outgoing> outgoing_;  ///< posted by this loop to others, this turn
    Calls taken_;                     ///< of `incoming_`; kept for its memory
    std::thread thread_;
    std::atomic<bool> stopping_ = false;

    /// Held by whoever takes a turn: by the loop's own thread except while it waits.
    std::mutex turn_mutex_;
    bool visited_ = false;  ///< a visitor takes the turn; guarded by `turn_mutex_`
    TimePoint wakes_up_;    ///< when the waiting ends by itself; guarded by `turn_mutex_`

    EventLoop* host_ = nullptr;  ///< with which this loop rests
    Bell bell_;                  ///< for the own thread while this loop rests
    std::atomic<bool> may_rest_ = false;
    /// Whether the host waits for the descriptors; written with `turn_mutex_` held.
    std::atomic<bool> resting_ = false;

    std::mutex mutex_;
    Calls incoming_;  ///< posted by other threads; guarded by `mutex_`
    /// Whether there are any: to look costs no lock.
    std::atomic<bool> has_incoming_ = false;
    /// Whether somebody who posts has to interrupt the waiting, or to visit: set by the loop before
    /// it looks at `has_incoming_` for the last time, taken back by the first who posts.
    std::atomic<bool> asleep_ = false;
};

}  // namespace resgate::net
