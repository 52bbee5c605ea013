// system.reset (30.12, 50.6): S-RST-*.

#include <functional>
#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

TEST(SystemReset, WithNothingCachedDoesNothing) {  // S-RST-1: [SYS-1], [SYS-4], [PAT-2]
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view payload : {R"({"resources":["test.>"],"access":["test.>"]})",
                                           R"({"resources":["test..x","a*",""]})"})
        core.publish("system.reset", payload);
    result_of(core, client, "subscribe.test.model");
    core.publish("system.reset",
                 R"({"resources":["test..model","test.model>"],"access":["*model"]})");
    core.publish("system.reset", R"({"resources":["other.>","test","test.model.>"]})");
    core.publish("system.unknown", "broken");
    core.publish("system.resets", R"({"resources":[">"]})");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(SystemReset, LogsAMalformedPayload) {  // [SYS-2], [SYS-3], [LOG-11]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    const std::pair<std::string_view, std::size_t> rows[] = {
        {"", 0},
        {"null", 0},
        {"{}", 0},
        {R"({"resources":null,"access":null,"x":1})", 0},
        {R"({"resources":[],"access":[]})", 0},
        {" ", 1},
        {"[]", 1},
        {"42", 1},
        {R"(">")", 1},
        {"{", 1},
        {R"({"resources":">"})", 1},
        {R"({"resources":[">"],"access":">"})", 1},
        {R"({"resources":[">",42]})", 1},
        {R"({"resources":[">",null]})", 1},
        {R"({"access":{">":1}})", 1},
    };
    for (const auto& [payload, logs] : rows) {
        SCOPED_TRACE(payload);
        core.publish("system.reset", payload);
        core.expect_no_request();
        EXPECT_EQ(core.log.take_errors(), logs);
    }
}

TEST(SystemReset,
     ProducesTheEventsOfTheDifference) {  // S-RST-2, S-RST-3: [RST-3] to [RST-8], [VAL-9]

    struct Row {
        std::string rid;
        std::string reply;
        std::vector<std::pair<std::string, std::string>> events;
    };

    const std::string model_content = R"({"string":"bar","int":42,"bool":true)";
    const std::string soft = R"({"rid":"test.model","soft":true})";
    const Row rows[] = {
        {"test.model", fixture("test.model"), {}},
        {"test.model",
         model_content + "}",
         {{"change", R"({"values":{"string":"bar","null":{"action":"delete"}}})"}}},
        {"test.model",
         R"({"string":"foo","int":42,"bool":true,"null":null,"child":)" + soft + "}",
         {{"change", R"({"values":{"child":)" + soft + "}}"}}},
        {"test.model.soft",
         R"({"name":"soft","child":null})",
         {{"change", R"({"values":{"child":null}})"}}},
        {"test.collection", fixture("test.collection"), {}},
        {"test.collection",
         R"([42,"new",true,null])",
         {{"remove", R"({"idx":0})"}, {"add", R"({"idx":1,"value":"new"})"}}},
        {"test.collection",
         R"(["foo",42,true,null,)" + soft + "]",
         {{"add", R"({"idx":4,"value":)" + soft + "}"}}},
        {"test.collection.soft", R"(["soft"])", {{"remove", R"({"idx":1})"}}},
    };
    for (const Row& row : rows) {
        for (const std::string_view pattern : {"test.>", ">"}) {
            SCOPED_TRACE(row.rid + " " + row.reply);
            Core core;
            TestClient& client = core.connect();
            result_of(core, client, "subscribe." + row.rid);
            core.publish("system.reset",
                         R"({"resources":["test.x",")" + std::string(pattern) + R"(","test.>"]})");
            const ServiceCall get = core.take("get." + row.rid);
            EXPECT_EQ(get.text, "{}");
            core.expect_no_request();  // once, however many patterns match ([RST-2])
            core.reply(get, row.reply[0] == '{' ? model(row.reply) : collection(row.reply));
            for (const auto& [event, data] : row.events)
                client.expect_event(row.rid + "." + event, data);
            client.expect_nothing();
            expect_live(core, client, row.rid);
            EXPECT_EQ(core.log.take_errors(), 0U);
        }
    }
}

// S-RST-4: [SYS-5], [REV-2], [REV-3]; and once, though both patterns match ([Q50-4])
TEST(SystemReset, RechecksAccessOfMatchingNames) {
    for (const std::string_view access : {granted, denied}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe.test.model.parent");
        result_of(core, client, "subscribe.test.collection");
        core.publish("system.reset", R"({"access":["test.model.>","test.model.parent"]})");
        core.answer("access.test.model.parent", access);
        core.expect_no_request();
        if (access == denied)
            client.expect_event("test.model.parent.unsubscribe",
                                Json({{"reason", error_object("system.accessDenied")}}).dump());
        for (const std::string rid : {"test.model.parent", "test.model"}) {
            if (access == granted)
                expect_live(core, client, rid);
            else
                expect_silent(core, client, rid);
        }
        expect_live(core, client, "test.collection");
    }
}

TEST(SystemReset, GetsAQueryResourceOnce) {  // S-RST-5: [RST-1], [RST-4], [GTR-1]
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view query : {"?foo=bar", "?a=b&foo=bar", ""}) {
        client.request("subscribe.test.model" + std::string(query));
        core.serve("test.model", R"({"result":{"model":{"a":1},"query":"foo=bar"}})");
        client.next();
    }
    core.publish("system.reset", R"({"resources":["test.*"]})");
    const ServiceCall get = core.take("get.test.model");
    EXPECT_EQ(get.payload, Json({{"query", "foo=bar"}}));
    core.expect_no_request();
    core.reply(get, R"({"result":{"model":{"a":2},"query":"ignored"}})");  // [RST-10]
    std::set<Json> events;
    for (int i = 0; i < 3; ++i)
        events.insert(client.next()["event"]);
    EXPECT_EQ(events, (std::set<Json>{"test.model.change", "test.model?foo=bar.change",
                                      "test.model?a=b&foo=bar.change"}));
    client.expect_nothing();
}

TEST(SystemReset, DeletesWhatIsNotFound) {  // S-RST-6: [RST-9]
    for (const std::string rid : {"test.model", "test.collection"}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe." + rid);
        core.publish("system.reset", R"({"resources":["test.>"]})");
        core.answer("get." + rid, not_found);
        client.expect_event(rid + ".delete", "null");
        client.expect_event(rid + ".unsubscribe",
                            Json({{"reason", error_object("system.deleted")}}).dump());
        expect_silent(core, client, rid);
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

// S-RST-7: [RST-9], [LOG-9], [DEC-7], [SEV-6], [Q50-2], [Q50-3]
TEST(SystemReset, KeepsTheResourceWhenTheGetFails) {
    for (const std::string rid : {"test.model", "test.collection"}) {
        const bool is_model = rid == "test.model";
        const std::string change = is_model ? "change" : "add";
        const std::string payload = is_model ? R"({"values":{"int":7}})" : R"({"idx":0,"value":7})";
        for (const std::string& reply :
             {std::string(R"({"error":{"code":"system.internalError","message":"x"}})"),
              std::string("broken"), std::string("{}"), std::string("timeout"),
              std::string("nobody"), is_model ? collection("[]") : model("{}")}) {
            SCOPED_TRACE(rid + " " + reply);
            Core core;
            TestClient& client = core.connect();
            result_of(core, client, "subscribe." + rid);
            core.publish("system.reset", R"({"resources":["test.>"]})");
            const ServiceCall get = core.take("get." + rid);
            core.publish("event." + rid + "." + change, payload);
            core.publish("event." + rid + ".custom", "1");
            client.expect_event(rid + ".custom", "1");  // [RST-6]
            client.expect_nothing();
            if (reply == "nobody")
                core.reply_no_responders(get);
            else if (reply == "timeout" || reply == "broken")  // a pre-response changes nothing
                core.advance(std::chrono::seconds(3));
            else
                core.reply(get, reply);
            client.expect_event(rid + "." + change, payload);
            EXPECT_EQ(core.log.take_errors(), 1U);
            expect_live(core, client, rid);
        }
    }
}

/// Answers one request at a time and checks that never more than `limit` are under way, and that
/// each reply releases one further; the number of requests. A client's auth request passes always.
std::size_t drain(Core& core, TestClient& client, std::size_t limit,
                  const std::function<std::string(const std::string&)>& reply) {
    std::size_t count = 0;
    for (auto pending = core.pending_subjects(); !pending.empty();
         pending = core.pending_subjects()) {
        EXPECT_LE(pending.size(), limit);
        const auto barrier = client.request("auth.barrier.x");  // [THR-2]
        core.answer("auth.barrier.x", R"({"result":null})");
        client.expect_result(barrier, R"({"payload":null})");
        core.answer(pending.front(), reply(pending.front()));
        EXPECT_GE(core.pending_subjects().size() + 1, pending.size());
        ++count;
    }
    return count;
}

std::string reset_reply(const std::string& subject) {
    return subject.starts_with("access.") ? std::string(granted) : model("{}");
}

void subscribe_ten(Core& core, TestClient& client) {
    for (int i = 0; i < 10; ++i) {
        const std::string rid = "test." + std::to_string(i);
        client.request("subscribe." + rid);
        core.serve(rid, model("{}"));
        client.next();
    }
}

TEST(SystemReset, IsThrottled) {  // S-RST-8, S-RST-9: [SYS-6], [THR-1], [THR-2]
    const std::pair<std::string_view, std::size_t> rows[] = {
        {R"({"resources":["test.>"]})", 10},
        {R"({"access":["test.>"]})", 10},
        {R"({"resources":["test.>"],"access":["test.>"]})", 20},
    };
    for (const auto& [payload, requests] : rows) {
        for (const std::size_t limit : {std::size_t{3}, std::size_t{40}, std::size_t{0}}) {
            SCOPED_TRACE(payload);
            Core::Options options;
            options.settings.reset_throttle = static_cast<std::int64_t>(limit);
            Core core(options);
            TestClient& client = core.connect();
            subscribe_ten(core, client);
            core.publish("system.reset", payload);
            EXPECT_EQ(core.pending_subjects().size(), limit == 3 ? 3 : requests);
            EXPECT_EQ(drain(core, client, limit == 3 ? 3 : requests, reset_reply), requests);
            client.expect_nothing();
        }
    }
}

// [THR-4]: what waits for its turn is being reset and re-checked already.
TEST(SystemReset, HoldsBackFromItsBeginningHoweverLongARequestWaitsForItsTurn) {
    Core::Options options;
    options.settings.reset_throttle = 1;
    Core core(options);
    TestClient& client = core.connect();
    for (const std::string rid : {"m", "n"}) {
        client.request("subscribe." + rid);
        core.serve(rid, model(R"({"a":1})"));
        client.next();
    }
    core.publish("system.reset", R"({"access":["m","n"]})");
    const std::string first = core.pending_subjects().at(0);
    const std::string waiting = first == "access.m" ? "n" : "m";
    core.publish("event." + waiting + ".custom", "1");
    client.expect_nothing();  // the hold
    core.answer(first, granted);
    core.answer("access." + waiting, granted);
    client.expect_event(waiting + ".custom", "1");

    core.publish("system.reset", R"({"resources":["m","n"]})");
    const std::string get = core.pending_subjects().at(0);
    const std::string later = get == "get.m" ? "n" : "m";
    core.publish("event." + later + ".change", R"({"values":{"a":2}})");
    client.expect_nothing();  // set aside
    core.answer(get, model(R"({"a":1})"));
    core.answer("get." + later, model(R"({"a":3})"));
    client.expect_event(later + ".change", R"({"values":{"a":3}})");
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(SystemReset, CoversChildrenWithGetsAndParentsWithAccess) {  // S-RST-10: [THR-3], [RST-2]
    Core::Options options;
    options.settings.reset_throttle = 64;
    Core core(options);
    TestClient& client = core.connect();
    for (int i = 0; i < 10; ++i) {
        const std::string rid = "test." + std::to_string(i);
        client.request("subscribe." + rid);
        core.serve(rid, model(R"({"child":{"rid":")" + rid + R"(.child"}})"));
        core.answer("get." + rid + ".child", model("{}"));
        client.next();
    }
    core.publish("system.reset", R"({"resources":["test","test.>"],"access":["test","test.>"]})");
    std::size_t gets = 0;
    std::size_t accesses = 0;
    for (const std::string& subject : core.pending_subjects())
        ++(subject.starts_with("get.") ? gets : accesses);
    EXPECT_EQ(gets, 20U);
    EXPECT_EQ(accesses, 10U);
}

TEST(SystemReset, RechecksEachSubscription) {  // S-RST-11, S-RST-12: [SYS-5], [THR-1]
    Core::Options options;
    options.settings.reset_throttle = 3;
    {
        Core core(options);
        for (int i = 0; i < 32; ++i)
            result_of(core, core.connect(), "subscribe.test.model");
        core.publish("system.reset", R"({"resources":null,"access":["test.>"]})");
        EXPECT_EQ(core.pending_subjects().size(), 3U);
        EXPECT_EQ(drain(core, core.connect(), 3, reset_reply), 32U);
    }
    Core core(options);
    TestClient& client = core.connect();
    for (const std::string_view query : {"?a=1", "?b=1"}) {
        client.request("subscribe.test.model" + std::string(query));
        core.serve("test.model", model("{}"));
        client.next();
    }
    core.publish("system.reset", R"({"access":["test.>"]})");
    const std::set<Json> queries = {core.take("access.test.model").payload["query"],
                                    core.take("access.test.model").payload["query"]};
    EXPECT_EQ(queries, (std::set<Json>{"a=1", "b=1"}));
    core.expect_no_request();
}

TEST(SystemReset, ReachesResourcesThatLinger) {  // [SYS-4], [ENT-7]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "get.test.model");
    core.publish("system.reset", R"({"resources":["test.model"],"access":["test.model"]})");
    core.answer("get.test.model", model(R"({"a":1})"));
    core.expect_no_request();
    client.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    core.expect_no_request();
    EXPECT_EQ(client.next()["result"]["models"]["test.model"], Json({{"a", 1}}));
}

}  // namespace
}  // namespace resgate::test
