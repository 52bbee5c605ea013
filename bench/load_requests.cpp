#include <charconv>

#include <fmt/format.h>

#include "bench/load.h"

// The items in which clients speak first.

namespace resgate::bench {

namespace {

/// Requests of clients that send the next when one is answered. Client c makes the requests c, c+C,
/// c+2C ... of all; their number is their id.
class ClosedLoop {
  public:
    /// What to send for a request; the id is to be part of a WebSocket message.
    using Compose = std::function<void(Client& client, std::size_t request)>;
    /// Fails if the answer is wrong.
    using Check = std::function<void(std::size_t request, std::string_view text)>;

    ClosedLoop(Load& load, std::size_t first_client, std::size_t clients)
        : load_(load), first_client_(first_client), clients_(clients), sent_(clients) {}

    /// Makes up to `count` requests in all, `concurrency` at a time, and returns how many it were:
    /// fewer if the time is over. `with_id` is false for HTTP, whose answers come in order.
    std::size_t run(std::size_t count, std::size_t concurrency, const Meter& meter, bool with_id,
                    const Compose& compose, const Check& check) {
        std::size_t under_way = 0;
        std::size_t answered = 0;
        std::vector<bool> open(count + clients_);
        std::vector<std::size_t> last(clients_);
        std::fill(sent_.begin(), sent_.end(), 0);
        const auto send_next = [&](std::size_t client) {
            const std::size_t request = sent_[client] * clients_ + client;
            if (request >= count || meter.expired())
                return;
            ++sent_[client];
            ++under_way;
            open[request] = true;
            last[client] = request;
            compose(load_.clients()[first_client_ + client], request);
        };
        load_.received = [&](Client& client, std::string_view text) {
            const std::size_t place = client.index() - first_client_;
            const std::size_t request = with_id ? id_of(text) : last[place];
            if (request >= open.size() || !open[request])
                fail(fmt::format("an answer nobody asked for: {}", text));
            open[request] = false;
            check(request, text);
            --under_way;
            ++answered;
            send_next(place);
        };
        for (std::size_t i = 0; i < concurrency; ++i)
            send_next(i % clients_);
        load_.run_until([&] { return under_way == 0; });
        return answered;
    }

  private:
    static std::size_t id_of(std::string_view text) {
        constexpr std::string_view member = R"("id":)";
        const std::size_t at = text.rfind(member);
        std::size_t id = 0;
        if (at == std::string_view::npos)
            fail(fmt::format("not an answer: {}", text));
        std::from_chars(text.data() + at + member.size(), text.data() + text.size(), id);
        return id;
    }

    Load& load_;
    std::size_t first_client_;
    std::size_t clients_;
    std::vector<std::size_t> sent_;
};

void expect_in(std::string_view text, std::string_view part) {
    if (text.find(part) == std::string_view::npos)
        fail(fmt::format("'{}' is not in the answer {}", part, text));
}

/// WebSocket clients that hold nothing.
void connect_clients(Load& load, std::size_t count) {
    load.subscribe_clients(count, 0, {});
}

std::size_t connect_http(Load& load, std::size_t count) {
    const std::size_t first = load.clients().size();
    for (std::size_t i = 0; i < count; ++i)
        load.clients().connect(Client::Kind::http);
    return first;
}

}  // namespace

Measurements get(Load& load) {
    const Options& options = load.options();
    // A subscriber keeps the resource in the cache.
    load.subscribe_clients(1, 1, [](std::size_t, std::size_t) { return "bench.model.0"; });
    const std::size_t first = connect_http(load, options.concurrency);
    ClosedLoop loop(load, first, options.concurrency);
    const auto compose = [](Client& client, std::size_t) { client.get("/api/bench/model/0"); };
    const auto check = [](std::size_t, std::string_view text) { expect_in(text, R"("n":0)"); };
    loop.run(options.concurrency, options.concurrency, Meter(load), false, compose, check);
    const Meter meter(load);
    const std::size_t done =
        loop.run(options.count, options.concurrency, meter, false, compose, check);
    return {meter.finish("get", static_cast<double>(done))};
}

Measurements call(Load& load) {
    const Options& options = load.options();
    // Access is known from the subscription: the call is one round trip to the service.
    load.subscribe_clients(options.concurrency, 1,
                           [](std::size_t, std::size_t) { return "bench.model.0"; });
    ClosedLoop loop(load, 0, options.concurrency);
    const auto compose = [](Client& client, std::size_t request) {
        client.send(fmt::format(
            R"({{"id":{},"method":"call.bench.model.0.do","params":{{"text":"hello"}}}})",
            request));
    };
    const auto check = [](std::size_t, std::string_view text) { expect_in(text, R"("ok":true)"); };
    loop.run(options.concurrency, options.concurrency, Meter(load), true, compose, check);
    const Meter meter(load);
    const std::size_t done =
        loop.run(options.count, options.concurrency, meter, true, compose, check);
    return {meter.finish("call", static_cast<double>(done))};
}

namespace {

/// Subscribes what `rid` names for each request, and unsubscribes all of it again.
Measurements subscribe_and_unsubscribe(Load& load, std::size_t first_client,
                                       const std::function<std::string(std::size_t)>& rid,
                                       const std::string& name) {
    const Options& options = load.options();
    ClosedLoop loop(load, first_client, options.clients);
    const Meter subscribing(load);
    const std::size_t done = loop.run(
        options.count, options.concurrency, subscribing, true,
        [&](Client& client, std::size_t request) {
            client.send(
                fmt::format(R"({{"id":{},"method":"subscribe.{}"}})", request, rid(request)));
        },
        [&](std::size_t request, std::string_view text) {
            expect_in(text, R"({"result":{"models":{"bench.model.)");
            expect_in(text, rid(request));
        });
    Measurement subscribed = subscribing.finish("subscribe-" + name, static_cast<double>(done));
    if (done != options.count)
        fail("the gateway is too slow for the number of subscribes asked for");
    const Meter unsubscribing(load);
    const std::size_t undone = loop.run(
        options.count, options.concurrency, unsubscribing, true,
        [&](Client& client, std::size_t request) {
            client.send(
                fmt::format(R"({{"id":{},"method":"unsubscribe.{}"}})", request, rid(request)));
        },
        [](std::size_t, std::string_view text) {
            if (text.find("error") != std::string_view::npos)
                fail(fmt::format("not unsubscribed: {}", text));
        });
    return {subscribed, unsubscribing.finish("unsubscribe-" + name, static_cast<double>(undone))};
}

}  // namespace

Measurements subscribe_new(Load& load) {
    connect_clients(load, load.options().clients);
    const auto rid = [](std::size_t request) { return fmt::format("bench.model.{}", request); };
    return subscribe_and_unsubscribe(load, 0, rid, "new");
}

Measurements subscribe_cached(Load& load) {
    const Options& options = load.options();
    const std::size_t models = (options.count + options.clients - 1) / options.clients;
    load.subscribe_clients(
        1, models, [](std::size_t, std::size_t i) { return fmt::format("bench.model.{}", i); });
    connect_clients(load, options.clients);
    // Each client subscribes each of the models once.
    const auto rid = [&](std::size_t request) {
        return fmt::format("bench.model.{}", request / options.clients);
    };
    return subscribe_and_unsubscribe(load, 1, rid, "cached");
}

Measurements tree(Load& load) {
    const Options& options = load.options();
    connect_clients(load, options.clients);
    ClosedLoop loop(load, 0, options.clients);
    const Meter meter(load);
    // A client's requests alternate: subscribe a tree, unsubscribe it.
    const std::size_t done = loop.run(
        options.count * 2, options.clients, meter, true,
        [&](Client& client, std::size_t request) {
            const bool subscribe = request / options.clients % 2 == 0;
            const std::size_t tree =
                request / options.clients / 2 * options.clients + request % options.clients;
            client.send(fmt::format(R"({{"id":{},"method":"{}subscribe.bench.tree.{}.0"}})",
                                    request, subscribe ? "" : "un", tree));
        },
        [&](std::size_t request, std::string_view text) {
            if (request / options.clients % 2 != 0)
                return;
            std::size_t nodes = 0;
            for (std::size_t at = text.find(R"("n":)"); at != std::string_view::npos;
                 at = text.find(R"("n":)", at + 1))
                ++nodes;
            if (nodes != Service::tree_size)
                fail(fmt::format("{} models in a tree", nodes));
        });
    return {meter.finish("tree", static_cast<double>(done) / 2)};
}

Measurements churn(Load& load) {
    const Options& options = load.options();
    load.subscribe_clients(1, 1, [](std::size_t, std::size_t) { return "bench.model.0"; });
    std::size_t started = 0;
    std::size_t done = 0;
    const Meter meter(load);
    std::vector<Client*> finished;
    load.opened = [](Client& client) {
        std::string bytes;
        append_frame(bytes, R"({"id":1,"method":"version","params":{"protocol":"1.2.3"}})");
        append_frame(bytes, R"({"id":2,"method":"subscribe.bench.model.0"})");
        client.send_raw(bytes);
    };
    load.received = [&](Client& client, std::string_view text) {
        if (!text.ends_with(R"("id":2})"))
            return;
        expect_in(text, R"("models":{"bench.model.0":)");
        finished.push_back(&client);
    };
    while (done < options.count) {
        while (started < options.count && started - done < options.concurrency &&
               !meter.expired()) {
            load.clients().connect(Client::Kind::websocket);
            ++started;
        }
        if (started == done)
            break;
        load.run_until([&] { return !finished.empty(); });
        for (Client* client : finished)
            load.clients().disconnect(*client);
        done += finished.size();
        finished.clear();
    }
    // The last of the disconnected are noticed.
    load.run_for(std::chrono::milliseconds(20));
    return {meter.finish("churn", static_cast<double>(done))};
}

}  // namespace resgate::bench
