// What the cache keeps of a name (50.1).

#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "nats/codec.h"
#include "support/core.h"

namespace resgate::test {
namespace {

// [ENT-1]: the base resource cannot be beside an un-queried alias, but beside query resources.
TEST(Entry, IsOneForAllResourcesOfAName) {
    Core core;
    TestClient& client = core.connect();
    const std::pair<std::string, std::string> rows[] = {
        {"m", R"({"result":{"model":{"base":1}}})"},
        {"m?q=1", R"({"result":{"model":{"q":1},"query":"q=1"}})"},
        {"m?q=2&x", R"({"result":{"model":{"q":2},"query":"q=2"}})"},
        {"m?none", R"({"result":{"model":{"other":1}}})"},
    };
    for (const auto& [rid, reply] : rows) {
        client.request("subscribe." + rid);
        core.serve("m", reply);
        client.next();
    }
    EXPECT_EQ(core.hub().entry_count(), 1U);
    EXPECT_EQ(core.hub().use_count(), 4U);
    EXPECT_EQ(core.event_subscriptions(), std::set<std::string>{"event.m.*"});
    core.publish("event.m.change", R"({"values":{"base":2}})");
    std::set<Json> events = {client.next()["event"], client.next()["event"]};
    EXPECT_EQ(events, (std::set<Json>{"m.change", "m?none.change"}));
    client.expect_nothing();
}

// [ENT-4]: the type does not change, whatever comes later: events, resets, query replies.
TEST(Entry, FixesTheTypeOfAResourceByTheFirstReply) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.m");
    core.publish("event.m.change", R"({"values":{"a":0}})");  // pending: dropped
    core.serve("m", model(R"({"a":1})"));
    client.next();
    core.publish("event.m.add", R"({"idx":0,"value":1})");
    EXPECT_EQ(core.log.take_errors(), 1U);
    core.publish("system.reset", R"({"resources":["m"]})");
    core.answer("get.m", collection("[1]"));
    EXPECT_EQ(core.log.take_errors(), 1U);
    client.expect_nothing();
    core.publish("event.m.change", R"({"values":{"a":2}})");
    client.expect_event("m.change", R"({"values":{"a":2}})");
}

// [Q50-5], [SUBJ-7]: also beside what works for the same name.
TEST(Entry, OfASubjectTooLongIsNotKept) {
    Core core;
    TestClient& client = core.connect();
    const std::string long_name = "test." + std::string(5000, 'a');
    for (const std::string method : {"subscribe.", "get.", "call.", "auth."}) {
        client.request(method + long_name + (method.size() == 5 ? ".do" : ""));
        core.settle();
        EXPECT_EQ(client.next()["error"]["code"], "system.subjectTooLong") << method;
        EXPECT_EQ(core.hub().entry_count(), 0U);
        EXPECT_EQ(core.hub().use_count(), 0U);
    }
}

// [SUBJ-7]: nor if the event subject fits, but not the longer line of the get request.
TEST(Entry, OfASubjectTooLongForItsGetIsNotKept) {
    std::size_t fitting_events = 0;
    for (std::size_t length = 3900; length < 4100; ++length) {
        SCOPED_TRACE(length);
        Core core;
        TestClient& client = core.connect();
        const std::string name(length, 'a');
        client.request("subscribe." + name);
        core.settle();
        if (!core.pending_subjects().empty())  // the get fits as well
            continue;
        EXPECT_EQ(client.next()["error"]["code"], "system.subjectTooLong");
        constexpr nats::Sid sid = 3;  // after the two fixed subscriptions of the hub
        const bool fits =
            nats::subscribe_line_size("event." + name + ".*", sid) <= Limits::nats_control_line;
        fitting_events += static_cast<std::size_t>(fits);
        EXPECT_EQ(core.event_subscriptions(), std::set<std::string>());
        EXPECT_EQ(core.hub().entry_count(), 0U);
        EXPECT_EQ(core.hub().use_count(), 0U);
    }
    EXPECT_GT(fitting_events, 0U);
}

}  // namespace
}  // namespace resgate::test
