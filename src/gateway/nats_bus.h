#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/log.h"
#include "base/random.h"
#include "base/timers.h"
#include "cache/bus.h"
#include "nats/connection.h"
#include "nats/requests.h"

namespace resgate::gateway {

/// The messaging system of the hub: a NATS connection, and the requests made over it. Lives on the
/// hub's thread. Writes the trace lines of events and subscriptions ([OPS-63]).
class NatsBus final : public cache::Bus {
  public:
    /// The references outlive the bus.
    NatsBus(nats::Connection& connection, Timers& timers, Log& log, const Random& random);

    /// Once connected: subscribes the inbox of all replies ([DEC-12]).
    void start();
    /// A message of the connection.
    void receive(const nats::Message& message);

    SubscriptionId subscribe(std::string_view subject, Subscriber& subscriber) override;
    void unsubscribe(SubscriptionId subscription) override;
    void request(std::string_view subject, std::string_view payload,
                 std::chrono::milliseconds timeout,
                 std::function<void(cache::Outcome&&)> done) override;

  private:
    struct Subscription {
        std::string subject;
        Subscriber* subscriber = nullptr;
    };

    nats::Connection& connection_;
    Log& log_;
    nats::Requests requests_;
    nats::Sid inbox_ = 0;
    std::unordered_map<nats::Sid, Subscription> subscriptions_;
};

}  // namespace resgate::gateway
