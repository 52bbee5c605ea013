#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/load.h"

// The items that measure memory, and the start.

namespace resgate::bench {

namespace {

/// Time for what the gateway does when it has nothing to do.
constexpr std::chrono::milliseconds settling(500);

class MemoryMeter {
  public:
    explicit MemoryMeter(Load& load)
        : load_(load), meter_(load), before_(load.gauge().anonymous_bytes()) {}

    Measurement finish(std::string name, double units) {
        Measurement result = meter_.finish(std::move(name), units);
        load_.run_for(settling);
        const std::size_t after = load_.gauge().anonymous_bytes();
        result.figures["bytes"] =
            (static_cast<double>(after) - static_cast<double>(before_)) / units;
        return result;
    }

  private:
    Load& load_;
    Meter meter_;
    std::size_t before_;
};

bool accepts_connections(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected =
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

pid_t spawn(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    const int failure =
        posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0)
        throw std::system_error(failure, std::generic_category(), "cannot run " + command.at(0));
    return pid;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

Measurements memory_connections(Load& load) {
    const auto rid = [](std::size_t, std::size_t) { return "bench.model.0"; };
    load.subscribe_clients(1, 1, rid);
    MemoryMeter meter(load);
    load.subscribe_clients(load.options().clients, 1, rid);
    return {meter.finish("connection", static_cast<double>(load.options().clients))};
}

Measurements memory_subscriptions(Load& load) {
    const Options& options = load.options();
    const auto rid = [](std::size_t, std::size_t i) { return fmt::format("bench.model.{}", i); };
    // The first client brings the resources into the cache.
    load.subscribe_clients(1, options.held, rid);
    MemoryMeter meter(load);
    load.subscribe_clients(options.clients, options.held, rid);
    return {meter.finish("subscription", static_cast<double>(options.clients * options.held))};
}

Measurements memory_models(Load& load) {
    const Options& options = load.options();
    // Over HTTP: the models stay in the cache for a while, and no client's subscription is counted.
    std::size_t sent = 0;
    std::size_t answered = 0;
    const auto send_next = [&](Client& client) {
        if (sent < options.count)
            client.get(fmt::format("/api/bench/model/{}", sent++));
    };
    load.received = [&](Client& client, std::string_view text) {
        if (text.find(R"("n":0)") == std::string_view::npos)
            fail(fmt::format("not the model: {}", text));
        ++answered;
        send_next(client);
    };
    std::vector<Client*> clients;
    for (std::size_t i = 0; i < options.concurrency; ++i)
        clients.push_back(&load.clients().connect(Client::Kind::http));
    MemoryMeter meter(load);
    for (Client* client : clients)
        send_next(*client);
    load.run_until([&] { return answered == options.count; });
    return {meter.finish("model", static_cast<double>(options.count))};
}

Measurements start(const Options& options) {
    std::vector<double> ready_us;
    std::vector<double> cpu_us;
    std::vector<double> resident;
    for (std::size_t i = 0; i < options.count; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const pid_t pid = spawn(options.command);
        const Gauge gauge(pid);
        while (!accepts_connections(options.port)) {
            if (!gauge.is_alive() ||
                std::chrono::steady_clock::now() - begin > std::chrono::seconds(20)) {
                kill(pid, SIGKILL);
                fail("the gateway does not start");
            }
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
        ready_us.push_back(
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
                .count());
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        cpu_us.push_back(gauge.usage().cpu_us);
        resident.push_back(static_cast<double>(gauge.resident_bytes()));
        kill(pid, SIGTERM);
        waitpid(pid, nullptr, 0);
    }
    Measurement result;
    result.name = "start";
    result.units = static_cast<double>(options.count);
    result.usage.cpu_us = median(cpu_us) * result.units;
    result.figures["ready_us"] = median(ready_us);
    result.figures["resident_bytes"] = median(resident);
    return {result};
}

}  // namespace resgate::bench
