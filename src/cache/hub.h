#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cache/bus.h"
#include "cache/context.h"
#include "cache/entry.h"
#include "cache/messages.h"

namespace resgate::cache {

/// The heart of the gateway: the cache of resources, the requests to services, and the way from
/// what services say to the loops that own the sessions. One per gateway; lives on the hub's thread
/// and is driven by it: by commands of the loops, messages of the bus, and timers.
class Hub {
  public:
    /// References must outlive the hub. `loop_count`: loops are 0 to loop_count-1.
    Hub(Bus& bus, Timers& timers, Log& log, OnceLog& once_log, LoopPort& loops,
        LoopIndex loop_count, const Settings& settings);

    ~Hub();

    /// Makes the subscriptions of [SUBJ-1] that last until shutdown.
    void start();

    /// Carries out a command of a loop.
    void handle(LoopIndex loop, HubCommand&& command);

    /// [CTR-1], [CTR-2]
    std::size_t entry_count() const { return entries_.size(); }

    std::size_t use_count() const { return context_.uses; }

    /// [QEV-6]
    std::uint64_t locks_given_up() const { return context_.locks_given_up; }

  private:
    struct SystemEvents final : Bus::Subscriber {
        explicit SystemEvents(Hub& receiver) : hub(receiver) {}

        void on_message(std::string_view subject, std::string_view payload) override;
        Hub& hub;
    };

    struct ConnectionEvents final : Bus::Subscriber {
        explicit ConnectionEvents(Hub& receiver) : hub(receiver) {}

        void on_message(std::string_view subject, std::string_view payload) override;
        Hub& hub;
    };

    void carry_out(LoopIndex loop, Attach&& command);
    void carry_out(LoopIndex loop, Detach&& command);
    void carry_out(LoopIndex loop, TakeSnapshot&& command);
    void carry_out(LoopIndex loop, ServiceRequest&& command);
    void carry_out(LoopIndex loop, QueueRecheck&& command);
    void carry_out(LoopIndex loop, ThrottlePass&& command);

    Entry& entry(std::string_view name);
    void system_reset(std::string_view payload);
    void reset_access(std::vector<res::Pattern>&& access, ThrottleId budget);
    void token_reset(std::string_view payload);

    Context context_;
    Entries entries_;  ///< behind the context, which they use to the end
    SystemEvents system_events_{*this};
    ConnectionEvents connection_events_{*this};
    ThrottleId last_reset_ = 0;
};

}  // namespace resgate::cache
