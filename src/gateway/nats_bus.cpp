#include "gateway/nats_bus.h"

#include <utility>

#include "base/utf8.h"

namespace resgate::gateway {

namespace {

cache::Outcome::Kind translated(nats::Outcome::Kind kind) {
    switch (kind) {
        case nats::Outcome::Kind::reply:
            return cache::Outcome::Kind::reply;
        case nats::Outcome::Kind::timeout:
            return cache::Outcome::Kind::timeout;
        case nats::Outcome::Kind::no_responders:
            return cache::Outcome::Kind::no_responders;
        case nats::Outcome::Kind::subject_too_long:
            return cache::Outcome::Kind::subject_too_long;
        case nats::Outcome::Kind::payload_too_large:
            return cache::Outcome::Kind::payload_too_large;
        case nats::Outcome::Kind::not_sent:
            break;
    }
    return cache::Outcome::Kind::not_sent;
}

}  // namespace

NatsBus::NatsBus(nats::Connection& connection, Timers& timers, Log& log, const Random& random)
    : connection_(connection),
      log_(log),
      requests_(connection, timers, log, nats::new_inbox(random)),
      timers_(timers) {}

void NatsBus::start() {
    const auto subscribed = connection_.subscribe(requests_.inbox_subject());
    if (subscribed)
        inbox_ = *subscribed;
}

void NatsBus::receive(const nats::Message& message) {
    if (message.sid == inbox_)
        return requests_.receive(message);
    Subscriber* const subscriber = subscribers_.find(message.sid);
    if (!subscriber)  // unsubscribed while the message was on its way
        return;
    // Connection events are traced by the hub, as those of other gateways leave no trace
    // ([OPS-47]).
    if (log_.enabled(LogLevel::trace) && !message.subject.starts_with("conn.")) {
        log_.trace("=>> " + std::string(message.subject) + ": " + std::string(message.payload));
    }
    if (is_utf8(message.payload))
        return subscriber->on_message(message.subject, message.payload);
    std::string payload(message.payload);
    sanitize_utf8(payload);  // [JSN-10]
    subscriber->on_message(message.subject, payload);
}

void NatsBus::subscribe(std::string_view subject, Subscriber& subscriber) {
    const auto sid = connection_.subscribe(subject);
    if (!sid)
        return;
    if (log_.enabled(LogLevel::trace))
        log_.trace("S=> " + std::string(subject));
    subscriber.set_subscription(static_cast<SubscriptionId>(*sid));
    subscribers_.insert(subscriber);
}

void NatsBus::unsubscribe(std::string_view subject, Subscriber& subscriber) {
    // At the end of the gateway there is no connection, and so nothing to tell.
    if (connection_.connected() && log_.enabled(LogLevel::trace))
        log_.trace("U=> " + std::string(subject));
    connection_.unsubscribe(static_cast<nats::Sid>(subscriber.subscription()));
    subscribers_.erase(subscriber);
    subscriber.set_subscription(SubscriptionId::none);
}

void NatsBus::request(cache::RequestType type, std::string_view subject, std::string_view payload,
                      std::chrono::milliseconds timeout, Done&& done) {
    auto finish = [this, type, start = timers_.now(),
                   done = std::move(done)](nats::Outcome&& outcome) mutable {
        RequestFigures& figures = figures_[static_cast<std::size_t>(type)];
        if (outcome.kind == nats::Outcome::Kind::reply)
            figures.durations.observe(timers_.now() - start);
        else if (outcome.kind == nats::Outcome::Kind::timeout)
            ++figures.timeouts;
        cache::Outcome result{translated(outcome.kind), std::string(outcome.payload)};
        if (!is_utf8(result.payload))
            sanitize_utf8(result.payload);  // [JSN-10]
        done(std::move(result));
    };
    requests_.request(subject, payload, timeout, std::move(finish));
}

}  // namespace resgate::gateway
