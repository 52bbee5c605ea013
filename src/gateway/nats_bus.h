#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "base/table.h"
#include "base/timers.h"
#include "cache/bus.h"
#include "nats/connection.h"
#include "nats/requests.h"
#include "ops/histogram.h"

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

    void subscribe(std::string_view subject, Subscriber& subscriber) override;
    void unsubscribe(std::string_view subject, Subscriber& subscriber) override;
    void request(cache::RequestType type, std::string_view subject, std::string_view payload,
                 std::chrono::milliseconds timeout, Done&& done) override;

    /// What became of the requests of one type ([MTX-1], [MTX-4]).
    struct RequestFigures {
        ops::Histogram durations;  ///< of those with a reply
        std::uint64_t timeouts = 0;
    };

    const RequestFigures& figures(cache::RequestType type) const {
        return figures_[static_cast<std::size_t>(type)];
    }

  private:
    struct SidOf {
        using type = nats::Sid;

        type operator()(const Subscriber& subscriber) const {
            return static_cast<nats::Sid>(subscriber.subscription());
        }
    };

    nats::Connection& connection_;
    Log& log_;
    nats::Requests requests_;
    Timers& timers_;
    std::array<RequestFigures, cache::request_type_count> figures_;
    nats::Sid inbox_ = 0;
    Table<Subscriber, SidOf, SubscriberHook> subscribers_;
};

}  // namespace resgate::gateway
