#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/in_place_function.h"
#include "base/table.h"
#include "res/error.h"

namespace resgate::cache {

/// What a request to a service is for, as the metrics count it ([MTX-4]).
enum class RequestType : std::uint8_t { access, get, call, auth, query };

inline constexpr std::size_t request_type_count = 5;

/// How a request to a service ended (30.4, 30.5).
struct Outcome {
    enum class Kind : std::uint8_t {
        reply,
        timeout,
        no_responders,      ///< [RPL-3]
        subject_too_long,   ///< [SUBJ-8]; nothing was sent
        payload_too_large,  ///< [REQ-8]; nothing was sent
        not_sent            ///< [REQ-9]: no connection, or a subject that cannot be used
    };

    Kind kind = Kind::reply;
    std::string payload;  ///< of a reply
};

/// The error a request fails with that got no reply ([RPL-3], [TMO-1], [SUBJ-8], [REQ-8]).
res::Error failure_of(Outcome::Kind kind);

/// The messaging system as the hub sees it. Lives on the hub's thread.
///
/// Messages and outcomes are handed over strictly in the order of their arrival ([OPS-48]), never
/// from within a call to the bus. Their payloads are well-formed UTF-8 ([JSN-10]).
class Bus {
  public:
    enum class SubscriptionId : std::uint64_t { none = 0 };

    class Subscriber;

    /// The place of subscribers in the table of a bus.
    using SubscriberHook = TaggedTableHook<Subscriber>;

    /// There are as many of these as cached resources, so the bus has its record of the
    /// subscription in the subscriber itself, which must outlive it.
    class Subscriber : public SubscriberHook {
      public:
        virtual void on_message(std::string_view subject, std::string_view payload) = 0;

        bool is_subscribed() const { return subscription_ != SubscriptionId::none; }

        /// For the bus.
        SubscriptionId subscription() const { return subscription_; }

        void set_subscription(SubscriptionId subscription) { subscription_ = subscription; }

      protected:
        ~Subscriber() = default;

      private:
        SubscriptionId subscription_ = SubscriptionId::none;
    };

    virtual ~Bus() = default;

    /// Messages on the subject go to `subscriber`, which has no subscription yet. It has none
    /// afterwards either if the subject is too long ([SUBJ-6]).
    virtual void subscribe(std::string_view subject, Subscriber& subscriber) = 0;
    /// `subject`: the one that was subscribed.
    virtual void unsubscribe(std::string_view subject, Subscriber& subscriber) = 0;

    /// What is to be done with the outcome of a request.
    using Done = InPlaceFunction<void(Outcome&&), 40>;

    /// Publishes once and calls `done` exactly once ([REQ-1]), unless the bus ends before.
    virtual void request(RequestType type, std::string_view subject, std::string_view payload,
                         std::chrono::milliseconds timeout, Done&& done) = 0;
};

}  // namespace resgate::cache
