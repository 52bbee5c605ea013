// Loads a gateway with WebSocket clients on the loopback interface and prints what that costs it.
// Starts a NATS server and the gateway itself and ends them again.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "bench/load_clients.h"
#include "bench/load_service.h"
#include "bench/processes.h"

namespace resgate::bench {
namespace {

struct Options {
    std::string mode;
    std::string gateway = "build/release/resgate";
    std::string threads = "0";
    std::size_t clients = 1000;
    std::uint64_t events = 1000;
    std::uint64_t burst = 1;
    bool same_model = true;
};

constexpr std::string_view usage =
    "Usage: resgate_load idle|fanout [options]\n"
    "  idle                   memory of connections with one subscription each\n"
    "  fanout                 CPU time of change events to all clients of one model\n"
    "  --gateway PATH         (build/release/resgate)\n"
    "  --clients N            (1000)\n"
    "  --events N             of fanout (1000)\n"
    "  --burst N              events published together, of fanout (1)\n"
    "  --own-models           of idle: each client subscribes a model of its own\n"
    "  --threads N            of the gateway (0)\n";

constexpr std::size_t connecting_at_once = 100;
constexpr auto deadline = std::chrono::seconds(120);

Options parse(int argc, char** argv) {
    Options options;
    if (argc < 2) {
        fmt::print(stderr, "{}", usage);
        std::exit(2);
    }
    options.mode = argv[1];
    for (int i = 2; i < argc; ++i) {
        const std::string_view name = argv[i];
        const auto value = [&]() -> std::string {
            if (i + 1 >= argc) {
                fmt::print(stderr, "{}", usage);
                std::exit(2);
            }
            return argv[++i];
        };
        if (name == "--gateway")
            options.gateway = value();
        else if (name == "--clients")
            options.clients = std::stoul(value());
        else if (name == "--events")
            options.events = std::stoul(value());
        else if (name == "--burst")
            options.burst = std::stoul(value());
        else if (name == "--threads")
            options.threads = value();
        else if (name == "--own-models")
            options.same_model = false;
        else {
            fmt::print(stderr, "{}", usage);
            std::exit(2);
        }
    }
    return options;
}

class Load {
  public:
    explicit Load(const Options& options)
        : options_(options),
          nats_port_(free_port()),
          nats_({"nats-server", "-a", "127.0.0.1", "-p", std::to_string(nats_port_)}) {
        if (!wait_for_port(nats_port_, nats_))
            end("nats-server does not start");
        port_ = free_port();
        gateway_ = std::make_unique<Process>(std::vector<std::string>{
            options.gateway, "-n", "nats://127.0.0.1:" + std::to_string(nats_port_), "-i",
            "127.0.0.1", "-p", std::to_string(port_), "--threads", options.threads});
        if (!wait_for_port(port_, *gateway_))
            end("the gateway does not start");
        bool ready = false;
        service_ = std::make_unique<Service>(io_, nats_port_, [&ready] { ready = true; });
        run_until([&ready] { return ready; });
    }

    void connect() {
        const std::size_t before = gateway_->resident_bytes();
        for (std::size_t i = 0; i < options_.clients; ++i) {
            const std::string rid =
                options_.same_model ? "bench.model" : "bench.item." + std::to_string(i);
            clients_.push_back(std::make_unique<Client>(
                io_, port_, rid, [this] { ++subscribed_; }, [this] { ++events_; }));
            // Idle connections are measured, not the storm of all of them connecting at once.
            run_until([this, i] { return subscribed_ + connecting_at_once > i; });
        }
        run_until([this] { return subscribed_ == options_.clients; });
        const std::size_t after = gateway_->resident_bytes();
        fmt::print(
            "{} connections with one subscription each: resident memory {} KiB -> {} KiB, "
            "{:.0f} bytes a connection\n",
            options_.clients, before / 1024, after / 1024,
            static_cast<double>(after - before) / static_cast<double>(options_.clients));
    }

    void fan_out() {
        const double cpu = gateway_->cpu_us();
        const double user = gateway_->user_us();
        for (std::uint64_t n = 0; n < options_.events;) {
            for (std::uint64_t i = 0; i < options_.burst && n < options_.events; ++i)
                service_->change(++n);
            // The next burst follows when all clients have this one, so that it is a turn of its
            // own.
            run_until([this, n] { return events_ == n * options_.clients; });
        }
        const auto deliveries = static_cast<double>(options_.events * options_.clients);
        fmt::print(
            "{} events to {} clients in bursts of {}: all received, in order, exactly once; "
            "CPU time {:.3f} us a delivery, of which user {:.3f} us\n",
            options_.events, options_.clients, options_.burst,
            (gateway_->cpu_us() - cpu) / deliveries, (gateway_->user_us() - user) / deliveries);
    }

  private:
    [[noreturn]] static void end(std::string_view reason) {
        fmt::print(stderr, "{}\n", reason);
        std::exit(1);
    }

    template <typename Done>
    void run_until(Done done) {
        const auto end_of_time = std::chrono::steady_clock::now() + deadline;
        while (!done()) {
            io_.run_one_for(std::chrono::milliseconds(100));
            if (std::chrono::steady_clock::now() > end_of_time || !gateway_running())
                end("the gateway did not do in time what was expected of it");
        }
    }

    bool gateway_running() const { return gateway_->is_running(); }

    const Options options_;
    const std::uint16_t nats_port_;
    Process nats_;
    std::uint16_t port_ = 0;
    std::unique_ptr<Process> gateway_;
    boost::asio::io_context io_{1};
    std::unique_ptr<Service> service_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::size_t subscribed_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace
}  // namespace resgate::bench

int main(int argc, char** argv) {
    using namespace resgate::bench;
    const Options options = parse(argc, argv);
    if (options.mode != "idle" && options.mode != "fanout") {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    Load load(options);
    load.connect();
    if (options.mode == "fanout")
        load.fan_out();
    return 0;
}
