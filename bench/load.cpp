#include "bench/load.h"

#include <ctime>
#include <exception>

#include <fmt/format.h>

namespace resgate::bench {

namespace {

constexpr std::size_t connecting_at_once = 64;

double own_cpu_us() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

double us_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
        .count();
}

}  // namespace

Load::Load(const Options& options)
    : options_(options),
      gauge_(options.pid),
      clients_(loop_, options.port,
               options.tls ? Clients::Transport::tls : Clients::Transport::plain, events_) {
    bool ready = false;
    service_ = std::make_unique<Service>(loop_, options.nats_port, [&ready] { ready = true; });
    run_until([&ready] { return ready; });
}

void Load::check_progress(std::chrono::steady_clock::time_point end) const {
    if (std::chrono::steady_clock::now() > end)
        fail("the gateway did not do in time what was expected of it");
    if (!gauge_.is_alive())
        fail("the gateway has ended");
}

void Load::run_for(std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    for (auto now = std::chrono::steady_clock::now(); now < end;
         now = std::chrono::steady_clock::now())
        loop_.take_turn(std::chrono::ceil<std::chrono::milliseconds>(end - now));
}

void Load::subscribe_clients(std::size_t count, std::size_t held,
                             const std::function<std::string(std::size_t, std::size_t)>& rid_of) {
    std::size_t done = 0;
    std::vector<std::size_t> answers(clients_.size() + count);
    opened = [&](Client& client) {
        std::string bytes;
        append_frame(bytes, R"({"id":1,"method":"version","params":{"protocol":"1.2.3"}})");
        for (std::size_t i = 0; i < held; ++i) {
            append_frame(bytes, fmt::format(R"({{"id":{},"method":"subscribe.{}"}})", i + 2,
                                            rid_of(client.index(), i)));
        }
        client.send_raw(bytes);
    };
    received = [&](Client& client, std::string_view text) {
        if (!text.starts_with(R"({"result":)"))
            fail(fmt::format("not subscribed: {}", text));
        if (++answers[client.index()] == held + 1)
            ++done;
    };
    for (std::size_t i = 0; i < count; ++i) {
        clients_.connect(Client::Kind::websocket);
        run_until([&] { return done + connecting_at_once > i; });
    }
    run_until([&] { return done == count; });
}

Meter::Meter(Load& load)
    : load_(load),
      before_(load.gauge().usage()),
      load_before_(own_cpu_us()),
      start_(std::chrono::steady_clock::now()) {}

Measurement Meter::finish(std::string name, double units) const {
    Measurement measurement;
    measurement.wall_us = us_since(start_);
    measurement.load_cpu_us = own_cpu_us() - load_before_;
    measurement.usage = load_.gauge().usage() - before_;
    measurement.name = std::move(name);
    measurement.units = units;
    return measurement;
}

bool Meter::expired() const {
    return us_since(start_) > load_.options().seconds * 1e6;
}

namespace {

std::string json_of(const Measurement& measurement) {
    std::string text = fmt::format(
        R"("{}":{{"units":{},"cpu_us":{:.3f},"user_us":{:.3f},"switches":{},"wall_us":{:.0f},"load_cpu_us":{:.0f})",
        measurement.name, measurement.units, measurement.usage.cpu_us, measurement.usage.user_us,
        measurement.usage.switches, measurement.wall_us, measurement.load_cpu_us);
    for (const auto& [name, value] : measurement.figures)
        text += fmt::format(R"(,"{}":{:.3f})", name, value);
    return text + "}";
}

using Item = Measurements (*)(Load&);

const std::map<std::string_view, Item> items = {
    {"fan-out", fan_out},
    {"get", get},
    {"call", call},
    {"subscribe-new", subscribe_new},
    {"subscribe-cached", subscribe_cached},
    {"tree", tree},
    {"churn", churn},
    {"reset", reset},
    {"memory-connections", memory_connections},
    {"memory-subscriptions", memory_subscriptions},
    {"memory-models", memory_models},
};

Measurements run(const Options& options) {
    if (options.item == "start")
        return start(options);
    const auto item = items.find(options.item);
    if (item == items.end())
        fail("no item of that name: " + options.item);
    Load load(options);
    return item->second(load);
}

}  // namespace

}  // namespace resgate::bench

int main(int argc, char** argv) {
    using namespace resgate::bench;
    try {
        std::string separator = "{";
        for (const Measurement& measurement : run(parse_options(argc, argv))) {
            fmt::print("{}{}", separator, json_of(measurement));
            separator = ",";
        }
        fmt::print("}}\n");
    } catch (const std::exception& error) {
        fail(error.what());
    }
    return 0;
}
