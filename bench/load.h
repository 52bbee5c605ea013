#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gauge.h"
#include "bench/load_clients.h"
#include "bench/load_options.h"
#include "bench/load_service.h"
#include "net/event_loop.h"

namespace resgate::bench {

/// What was found out about one kind of work.
struct Measurement {
    std::string name;
    double units = 0;  ///< how often the work was done
    Usage usage;       ///< of the gateway, for all units
    double wall_us = 0;
    double load_cpu_us = 0;                 ///< of this program
    std::map<std::string, double> figures;  ///< whatever else is measured, by name
};

/// The service and the clients of one run, against a gateway that is running already.
class Load final : private ClientEvents {
  public:
    explicit Load(const Options& options);

    const Options& options() const { return options_; }

    Service& service() { return *service_; }

    Clients& clients() { return clients_; }

    Gauge& gauge() { return gauge_; }

    net::EventLoop& loop() { return loop_; }

    std::function<void(Client&)> opened;
    std::function<void(Client&, std::string_view)> received;

    /// Lets everything happen until `done` says so; the program fails if that takes too long.
    template <typename Done>
    void run_until(Done done) {
        const auto end = std::chrono::steady_clock::now() + deadline;
        while (!done()) {
            loop_.take_turn(std::chrono::milliseconds(100));
            check_progress(end);
        }
    }

    void run_for(std::chrono::milliseconds duration);

    /// Connects WebSocket clients, not all at once, that announce a version and then subscribe;
    /// `rid_of` names the `held` resources of a client. Returns when all is answered; `opened` and
    /// `received` are free again then.
    void subscribe_clients(std::size_t count, std::size_t held,
                           const std::function<std::string(std::size_t, std::size_t)>& rid_of);

  private:
    static constexpr std::chrono::seconds deadline{120};

    void on_open(Client& client) override { opened(client); }

    void on_message(Client& client, std::string_view text) override { received(client, text); }

    void check_progress(std::chrono::steady_clock::time_point end) const;

    const Options options_;
    net::EventLoop loop_{"load"};
    Gauge gauge_;
    std::unique_ptr<Service> service_;
    ClientEvents& events_ = *this;
    Clients clients_;
};

/// Measures from its construction to `finish`.
class Meter {
  public:
    explicit Meter(Load& load);
    Measurement finish(std::string name, double units) const;

    /// Whether the time given for the work is over.
    bool expired() const;

  private:
    Load& load_;
    Usage before_;
    double load_before_;
    std::chrono::steady_clock::time_point start_;
};

using Measurements = std::vector<Measurement>;

// The items. Each checks what the gateway does and fails if it is wrong.

/// Events to all clients that hold their resource.
Measurements fan_out(Load& load);
/// HTTP GET of a cached model.
Measurements get(Load& load);
/// WebSocket calls.
Measurements call(Load& load);
/// Subscribes of resources that are not in the cache, and the unsubscribes.
Measurements subscribe_new(Load& load);
/// Subscribes of resources that another client holds, and the unsubscribes.
Measurements subscribe_cached(Load& load);
/// Subscribe and unsubscribe of trees of linked models.
Measurements tree(Load& load);
/// Connect, subscribe, disconnect.
Measurements churn(Load& load);
/// system.reset of models that have all changed.
Measurements reset(Load& load);

/// Memory of connections with one subscription each, of further subscriptions, of cached models.
Measurements memory_connections(Load& load);
Measurements memory_subscriptions(Load& load);
Measurements memory_models(Load& load);

/// From the start of the process to the first connection; its memory then. Needs no running
/// gateway.
Measurements start(const Options& options);

}  // namespace resgate::bench
