#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "bench/load.h"

// The items in which services speak first: events and resets.

namespace resgate::bench {

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

/// Reads an event of a resource `bench.<kind>.<index>` that sets `n`; fails if it is something
/// else.
struct Event {
    std::size_t index = 0;
    std::uint64_t n = 0;

    explicit Event(std::string_view text) {
        constexpr std::string_view head = R"({"event":"bench.)";
        constexpr std::string_view property = R"("n":)";
        const std::size_t dot = text.find('.', head.size());
        const std::size_t at = text.find(property);
        if (!text.starts_with(head) || dot == std::string_view::npos ||
            at == std::string_view::npos)
            fail(fmt::format("not the event expected: {}", text));
        const char* const end = text.data() + text.size();
        std::from_chars(text.data() + dot + 1, end, index);
        std::from_chars(text.data() + at + property.size(), end, n);
    }
};

/// What the clients hold, and whether each was told of each change exactly once and in order.
class Held {
  public:
    /// Client c holds the resources c*held to c*held+held-1, modulo their number.
    Held(std::size_t clients, std::size_t held, std::size_t resources)
        : held_(held), resources_(resources), last_(clients * held) {}

    std::size_t resource(std::size_t client, std::size_t i) const {
        return (client * held_ + i) % resources_;
    }

    void take(std::size_t client, const Event& event) {
        const std::size_t first = client * held_ % resources_;
        const std::size_t i = (event.index + resources_ - first) % resources_;
        if (i >= held_)
            fail(fmt::format("client {} does not hold {}", client, event.index));
        std::uint64_t& last = last_[client * held_ + i];
        if (event.n != last + 1) {
            fail(fmt::format("client {}: change {} of {} after {}", client, event.n, event.index,
                             last));
        }
        last = event.n;
    }

  private:
    std::size_t held_;
    std::size_t resources_;
    std::vector<std::uint64_t> last_;
};

/// From publishing an event to its last receiver.
class Latencies {
  public:
    explicit Latencies(std::size_t receivers) : receivers_(receivers) {}

    void published() { events_.push_back({std::chrono::steady_clock::now(), {}, 0}); }

    /// Events count from 1.
    void delivered(std::uint64_t event) {
        Entry& entry = events_[event - 1];
        if (++entry.received == receivers_)
            entry.last = std::chrono::steady_clock::now();
    }

    /// In microseconds; all must have been delivered.
    double percentile(double share, std::size_t skipped) const {
        std::vector<double> times;
        for (std::size_t i = skipped; i < events_.size(); ++i) {
            times.push_back(
                std::chrono::duration<double, std::micro>(events_[i].last - events_[i].published)
                    .count());
        }
        std::sort(times.begin(), times.end());
        return times[std::min(times.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(times.size())))];
    }

  private:
    struct Entry {
        TimePoint published;
        TimePoint last;
        std::size_t received;
    };

    std::size_t receivers_;
    std::vector<Entry> events_;
};

class FanOut {
  public:
    explicit FanOut(Load& load)
        : load_(load),
          options_(load.options()),
          held_(options_.clients, options_.held, options_.resources),
          receivers_(options_.clients * options_.held / options_.resources),
          latencies_(receivers_),
          changes_(options_.resources) {
        if (options_.clients * options_.held % options_.resources != 0)
            fail("the clients cannot hold the resources evenly");
        if (options_.rate > 0 && options_.resources != 1)
            fail("latencies are measured with one resource");
        load_.subscribe_clients(options_.clients + options_.idle_readers, options_.held,
                                [this](std::size_t client, std::size_t i) {
                                    return fmt::format("bench.model.{}", held_.resource(client, i));
                                });
        for (std::size_t i = 0; i < options_.idle_readers; ++i)
            load_.clients().stop_reading(load_.clients()[options_.clients + i]);
        load_.received = [this](Client& client, std::string_view text) {
            const Event event(text);
            held_.take(client.index(), event);
            if (options_.rate > 0)
                latencies_.delivered(event.n);
            ++delivered_;
        };
    }

    Measurement run() {
        const bool paced = options_.rate > 0;
        constexpr std::size_t warm_up_rounds = 3;
        for (std::size_t i = 0; i < warm_up_rounds; ++i)
            round();
        const std::size_t warm_up_events = published_;
        const std::size_t memory = load_.gauge().anonymous_bytes();
        const Meter meter(load_);
        if (paced)
            publish_at_rate();
        std::size_t peak = memory;
        while (!paced && published_ - warm_up_events < options_.count && !meter.expired()) {
            round();
            if (options_.idle_readers > 0 && published_ % (16 * options_.burst) == 0)
                peak = std::max(peak, load_.gauge().anonymous_bytes());
        }
        const auto units = static_cast<double>((published_ - warm_up_events) * receivers_);
        Measurement result = meter.finish("delivery", units);
        // An event too many would come now.
        const std::uint64_t before = delivered_;
        load_.run_for(std::chrono::milliseconds(20));
        if (delivered_ != before)
            fail("more events than were published");
        if (paced) {
            result.figures["latency_p50_us"] = latencies_.percentile(0.5, warm_up_events);
            result.figures["latency_p90_us"] = latencies_.percentile(0.9, warm_up_events);
            result.figures["latency_p99_us"] = latencies_.percentile(0.99, warm_up_events);
            result.figures["latency_max_us"] = latencies_.percentile(1, warm_up_events);
        }
        if (options_.idle_readers > 0) {
            result.figures["idle_reader_bytes"] =
                static_cast<double>(peak - memory) / static_cast<double>(options_.idle_readers);
        }
        return result;
    }

  private:
    void publish() {
        // Neighbours in time are no neighbours in the cache.
        constexpr std::size_t stride = 7919;
        const std::size_t index = published_ * stride % options_.resources;
        latencies_.published();
        load_.service().change(index, ++changes_[index], options_.padding);
        ++published_;
    }

    /// One burst. The next follows when all clients have this one, so that it is a turn of its own.
    void round() {
        for (std::size_t i = 0; i < options_.burst; ++i)
            publish();
        load_.service().flush();
        load_.run_until([this] { return delivered_ == published_ * receivers_; });
    }

    void publish_at_rate() {
        const auto interval = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(1 / options_.rate));
        auto due = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < options_.count; ++i) {
            due += interval;
            load_.run_for(std::chrono::ceil<std::chrono::milliseconds>(
                due - std::chrono::steady_clock::now()));
            publish();
            load_.service().flush();
        }
        load_.run_until([this] { return delivered_ == published_ * receivers_; });
    }

    Load& load_;
    const Options& options_;
    Held held_;
    std::size_t receivers_;  ///< of each event
    Latencies latencies_;
    std::vector<std::uint64_t> changes_;  ///< of each resource
    std::size_t published_ = 0;
    std::uint64_t delivered_ = 0;
};

}  // namespace

Measurements fan_out(Load& load) {
    return {FanOut(load).run()};
}

Measurements reset(Load& load) {
    const Options& options = load.options();
    Held held(options.clients, options.held, options.resources);
    load.subscribe_clients(options.clients, options.held, [&](std::size_t client, std::size_t i) {
        return fmt::format("bench.small.{}", held.resource(client, i));
    });
    std::uint64_t delivered = 0;
    load.received = [&](Client& client, std::string_view text) {
        held.take(client.index(), Event(text));
        ++delivered;
    };
    std::size_t rounds = 0;
    const Meter meter(load);
    while (rounds < options.count && !meter.expired()) {
        load.service().reset();
        ++rounds;
        load.run_until([&] { return delivered == rounds * options.clients * options.held; });
    }
    return {meter.finish("reset", static_cast<double>(rounds * options.resources))};
}

}  // namespace resgate::bench
