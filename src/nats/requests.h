#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/in_place_function.h"
#include "base/log.h"
#include "base/random.h"
#include "base/table.h"
#include "base/timers.h"
#include "nats/codec.h"
#include "nats/publisher.h"

namespace resgate::nats {

/// How a request ended.
struct Outcome {
    enum class Kind : std::uint8_t {
        reply,              ///< the final reply ([RPL-2])
        timeout,            ///< [TMO-1]
        no_responders,      ///< [RPL-3]
        subject_too_long,   ///< never sent ([SUBJ-8])
        payload_too_large,  ///< never sent ([REQ-8])
        not_sent,           ///< unusable subject, or not connected any more
    };

    Kind kind = Kind::reply;
    std::string_view payload;  ///< of a reply, as received; valid during the callback
};

/// A fresh inbox `_INBOX.<22 random characters>`.
std::string new_inbox(const Random& random);

/// Requests whose replies come back through one wildcard subscription ([DEC-12]). Each has its own
/// token under the inbox, never used twice ([REQ-1]).
///
/// Belongs to one thread. The owner subscribes `inbox_subject` and hands what arrives there to
/// `receive`. Writes the trace lines of requests ([OPS-63]).
class Requests {
  public:
    /// Has room for a callback of the cache's (`cache::Bus::Done`) and what measures its request.
    using Callback = InPlaceFunction<void(Outcome&&), 72>;

    /// The references outlive this.
    Requests(Publisher& publisher, Timers& timers, Log& log, std::string inbox);
    /// Requests still unanswered are forgotten: their callbacks are never called.
    ~Requests();

    Requests(const Requests&) = delete;
    Requests& operator=(const Requests&) = delete;

    /// What to subscribe: all reply subjects.
    std::string inbox_subject() const { return inbox_ + "*"; }

    /// Publishes once and calls `callback` once with the outcome, never from within this call
    /// ([REQ-9]). The callback may make further requests, but not end this object.
    void request(std::string_view subject, std::string_view payload,
                 std::chrono::milliseconds timeout, Callback&& callback);

    /// A message on the inbox: a reply, a pre-response, or too late ([TMO-2]).
    void receive(const Message& message);

    /// Number of requests without outcome.
    std::size_t pending() const { return pending_.size(); }

  private:
    using Token = std::uint64_t;

    struct Pending : TableHook {
        Token token = 0;
        Callback callback;
        TimerId timer = TimerId::none;
        /// The outcome if the timer fires.
        Outcome::Kind unless_answered = Outcome::Kind::timeout;
    };

    struct TokenOf {
        using type = Token;

        type operator()(const Pending& pending) const { return pending.token; }
    };

    Pending& add(Callback&& callback);
    void start_timer(Pending& pending, std::chrono::milliseconds delay);
    void timer_fired(Pending& pending);
    void finish(Pending& pending, Outcome&& outcome);
    void trace(std::string_view arrow, Token token, std::string_view text);

    Publisher& publisher_;
    Timers& timers_;
    Log& log_;
    std::string inbox_;  ///< with the dot behind it
    std::string reply_subject_;
    Token last_token_ = 0;
    Table<Pending, TokenOf> pending_;  ///< owned
    /// Of requests that are over, for new ones: they come and go all the time.
    std::vector<std::unique_ptr<Pending>> spare_;
};

}  // namespace resgate::nats
