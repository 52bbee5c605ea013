#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/timers.h"
#include "net/poller.h"
#include "net/timer_wheel.h"

namespace resgate::net {

/// One thread that waits for sockets and timers, and runs what they cause.
///
/// A turn of the loop is: the handlers that are ready, then the posted calls, then the end-of-turn
/// hooks; only then it waits again. So whatever many handlers left to be done for one object (the
/// output of a connection, say) is done once, by a hook.
///
/// Construct, `start` (own thread) or `run` (this thread), `stop`, destruct.
class EventLoop {
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

    /// Ends the loop after a last turn, which makes the calls posted before. Any thread; waits for
    /// the loop's own thread unless called on it. Harmless when repeated.
    void stop();

    /// Makes the call on the loop's thread, soon. Any thread. Calls posted by one thread are made
    /// in the order posted; those that a loop posts during one turn cross over together, at the end
    /// of that turn. Calls that have not been made when the loop ends are dropped.
    void post(std::function<void()> call);

    /// Has `hook` called at the end of each turn, in the order of registration, for as long as the
    /// loop lives. Loop thread, or before the loop runs. A hook may post, and may start timers.
    void at_end_of_turn(std::function<void()> hook);

    /// Ends the turn with the handler that calls this, which has done so much that its consequences
    /// should go out before more is done. Loop thread.
    void end_turn() { turn_over_ = true; }

    /// Time and timers of this loop. Loop thread, or before the loop runs.
    Timers& timers() { return wheel_; }

    /// Waits for the sockets of clients. Loop thread, or before the loop runs.
    Poller& poller() { return poller_; }

    /// The context to make other sockets with. Its `concurrency_hint` is 1: loop thread only.
    boost::asio::io_context& context() { return context_; }

    /// Whether the caller is on this loop's thread.
    bool in_loop_thread() const;

  private:
    using Calls = std::vector<std::function<void()>>;

    struct Outgoing {
        EventLoop* target;
        Calls calls;
    };

    void take_turn();
    void finish_turn();
    void run_posted();
    void deliver(Calls& calls);
    void take_incoming();
    void arm_timer();
    Calls& outgoing_to(EventLoop& target);

    std::string name_;
    boost::asio::io_context context_{1};
    Poller poller_{context_};
    TimerWheel wheel_;
    boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                      boost::asio::io_context::executor_type>
        timer_;
    TimePoint timer_due_ = TimePoint::max();
    std::vector<std::function<void()>> hooks_;
    bool turn_over_ = false;
    Calls local_;                     ///< posted by this loop to itself
    std::vector<Outgoing> outgoing_;  ///< posted by this loop to others, this turn
    std::thread thread_;
    std::atomic<bool> stopping_ = false;

    std::mutex mutex_;
    Calls incoming_;  ///< posted by other threads; guarded by `mutex_`
};

}  // namespace resgate::net
