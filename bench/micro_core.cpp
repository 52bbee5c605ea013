#include <cstdlib>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "bench/micro.h"
#include "bench/micro_bus.h"
#include "bench/micro_texts.h"

namespace resgate::bench {

namespace {

constexpr std::size_t many_clients = 1000;
const std::string change_subject = "event.bench.model.17.change";

std::string subscribe_text(std::size_t model) {
    return R"({"id":2,"method":"subscribe.bench.model.)" + std::to_string(model) + R"("})";
}

std::string unsubscribe_text(std::size_t model) {
    return R"({"id":3,"method":"unsubscribe.bench.model.)" + std::to_string(model) + R"("})";
}

/// Published in turn, so that each is a change.
std::string_view change_number(int n) {
    return n % 2 == 0 ? R"({"values":{"n":1234}})" : R"({"values":{"n":1235}})";
}

void add_fan_out(Micros& micros) {
    auto core = std::make_shared<Core>();
    for (std::size_t i = 0; i < many_clients; ++i)
        core->connect().ask(subscribe_text(17));
    CoreClient& witness = core->connect();
    witness.ask(subscribe_text(17));
    micros.push_back({"core/event_to_1001_sessions", [core, &witness, n = 0]() mutable {
                          const std::size_t before = witness.received;
                          core->publish(change_subject, change_number(n++));
                          if (witness.received != before + 1)
                              std::abort();
                      }});
}

void add_requests(Micros& micros) {
    auto core = std::make_shared<Core>();
    CoreClient& holder = core->connect();
    holder.ask(subscribe_text(17));
    CoreClient& client = core->connect();
    micros.push_back(
        {"core/subscribe_cached_and_unsubscribe",
         [core, &client, subscribe = subscribe_text(17), unsubscribe = unsubscribe_text(17)] {
             client.ask(subscribe);
             client.ask(unsubscribe);
         }});
    micros.push_back(
        {"core/subscribe_new_unsubscribe_and_evict",
         [core, &client, subscribe = subscribe_text(4711), unsubscribe = unsubscribe_text(4711)] {
             client.ask(subscribe);
             client.ask(unsubscribe);
             core->pass_time();
         }});
    micros.push_back({"core/call", [core, &holder] { holder.ask(texts::call_request); }});
    micros.push_back({"core/connect_and_disconnect", [core] {
                          session::Session& session = core->sessions().open(nullptr, {});
                          core->pump();
                          core->sessions().close(session);
                          core->pump();
                      }});
    micros.push_back(
        {"core/http_get", [core] {
             session::Session& session = core->sessions().open(nullptr, {{}, true, nullptr});
             bool done = false;
             session.get(
                 "bench.model.17", [](const res::Meta&) { return session::Next::proceed; },
                 [&done](const res::Result<const session::Subscription*>& root) {
                     done = root.ok();
                 });
             core->pump();
             if (!done)
                 std::abort();
             core->sessions().close(session);
             core->pump();
         }});
}

void add_table(Micros& micros) {
    for (const std::size_t size : {std::size_t{8}, std::size_t{1000}}) {
        auto core = std::make_shared<Core>();
        CoreClient& client = core->connect();
        for (std::size_t i = 0; i < size; ++i)
            client.ask(subscribe_text(i));
        micros.push_back({"core/find_among_" + std::to_string(size) + "_subscriptions",
                          [core, &client, rid = "bench.model." + std::to_string(size - 2)] {
                              if (client.session().find_subscription(rid) == nullptr)
                                  std::abort();
                          }});
    }
}

}  // namespace

void add_core(Micros& micros) {
    add_fan_out(micros);
    add_requests(micros);
    add_table(micros);
}

}  // namespace resgate::bench
