#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view reset_all = R"({"resources":["test.>"]})";
const std::string plain_model = R"({"string":"foo","int":42,"bool":true,"null":null})";
const std::string plain_collection = R"(["foo",42,true,null])";

std::string result(const std::string& content) {
    return content.starts_with('{') ? model(content) : collection(content);
}

/// A row of the tables in 50.6 and 50.7. Events as `[name, data]`.
struct Difference {
    std::string cached;
    std::string reply;
    std::string events;
};

class ResetReply : public testing::TestWithParam<Difference> {};

// [RST-5], [RST-7], [RST-8], [LCS-1] to [LCS-6], S-RST-2, S-RST-3
TEST_P(ResetReply, TakesEffectAsTheEventsThatLeadThere) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.r");
    core.serve("test.r", result(GetParam().cached));
    client.next();
    core.publish("system.reset", reset_all);
    const ServiceCall get = core.take("get.test.r");
    EXPECT_EQ(get.payload, Json::object());  // [RST-4]
    core.expect_no_request();
    core.reply(get, result(GetParam().reply));
    for (const Json& event : Json::parse(GetParam().events))
        client.expect_event("test.r." + event[0].get<std::string>(), event[1].dump());
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);

    TestClient& other = core.connect();
    const auto id = other.request("subscribe.test.r");
    core.answer("access.test.r", granted);
    const std::string type = GetParam().reply.starts_with('{') ? "models" : "collections";
    other.expect_result(id, R"({")" + type + R"(":{"test.r":)" + GetParam().reply + "}}");
}

const std::vector<Difference> differences = {
    {plain_model, plain_model, "[]"},
    {plain_model, R"({"string":"bar","int":42,"bool":true})",
     R"([["change",{"values":{"string":"bar","null":{"action":"delete"}}}]])"},
    {plain_model,
     R"({"string":"foo","int":42,"bool":true,"null":null,"child":{"rid":"test.model","soft":true}})",
     R"([["change",{"values":{"child":{"rid":"test.model","soft":true}}}]])"},
    {R"({"name":"soft","child":{"rid":"test.model","soft":true}})",
     R"({"name":"soft","child":null})", R"([["change",{"values":{"child":null}}]])"},
    {plain_collection, plain_collection, "[]"},
    {plain_collection, R"([42,"new",true,null])",
     R"([["remove",{"idx":0}],["add",{"idx":1,"value":"new"}]])"},
    {plain_collection, R"(["foo",42,true,null,{"rid":"test.model","soft":true}])",
     R"([["add",{"idx":4,"value":{"rid":"test.model","soft":true}}]])"},
    {R"(["soft",{"rid":"test.collection","soft":true}])", R"(["soft"])",
     R"([["remove",{"idx":1}]])"},
    {plain_collection, R"(["foo","bar",42,true])",
     R"([["remove",{"idx":3}],["add",{"idx":1,"value":"bar"}]])"},
    {"[1,2,3]", "[3,2,1]",
     R"([["remove",{"idx":1}],["remove",{"idx":0}],["add",{"idx":1,"value":2}],["add",{"idx":2,"value":1}]])"},
    {"[1,2]", "[2,1]", R"([["remove",{"idx":0}],["add",{"idx":1,"value":1}]])"},
    {"[]", "[1,2]", R"([["add",{"idx":0,"value":1}],["add",{"idx":1,"value":2}]])"},
    {"[1,2]", "[]", R"([["remove",{"idx":1}],["remove",{"idx":0}]])"},
};
INSTANTIATE_TEST_SUITE_P(Tables, ResetReply, testing::ValuesIn(differences));

class Reset : public testing::Test {
  protected:
    void hold(std::string_view name, const std::string& content) {
        client.request("subscribe." + std::string(name));
        core.serve(name, result(content));
        client.next();
    }

    Core core;
    TestClient& client = core.connect();
};

// S-RST-1, [SYS-4]
TEST_F(Reset, OfNothingIsNothing) {
    core.publish("system.reset", reset_all);
    core.expect_no_request();
    client.expect_nothing();
}

// [RST-2], [RST-3]
TEST_F(Reset, SendsOneGetHoweverOftenItIsDemanded) {
    hold("test.m", plain_model);
    core.publish("system.reset", R"({"resources":["test.>","test.*",">"]})");
    core.publish("system.reset", reset_all);
    EXPECT_EQ(core.pending_subjects(), std::vector<std::string>{"get.test.m"});
}

// [SYS-4], [Q50-6]
TEST_F(Reset, IncludesLingeringResources) {
    hold("test.m", R"({"a":1})");
    client.request("unsubscribe.test.m");
    client.next();
    core.publish("system.reset", reset_all);
    core.answer("get.test.m", model(R"({"a":2})"));
    client.expect_nothing();
    const auto id = client.request("subscribe.test.m");
    core.answer("access.test.m", granted);
    client.expect_result(id, R"({"models":{"test.m":{"a":2}}})");
}

// [RST-6], W-33: what the reply covers is not applied a second time; custom events pass.
TEST_F(Reset, CoversEventsUntilItsReply) {
    hold("test.m", plain_model);
    core.publish("system.reset", reset_all);
    core.publish("event.test.m.change", R"({"values":{"int":1}})");
    client.expect_nothing();
    core.publish("event.test.m.custom", "1");
    client.expect_event("test.m.custom", "1");
    core.answer("get.test.m", model(R"({"string":"foo","int":1,"bool":true})"));
    client.expect_event("test.m.change", R"({"values":{"int":1,"null":{"action":"delete"}}})");
    client.expect_nothing();
    core.publish("event.test.m.change", R"({"values":{"int":2}})");
    client.expect_event("test.m.change", R"({"values":{"int":2}})");
}

// [RST-6]: also a deletion is covered, if the service has the resource again.
TEST_F(Reset, CoversADeletionUntilItsReply) {
    hold("test.m", R"({"a":1})");
    core.publish("system.reset", reset_all);
    core.publish("event.test.m.delete");
    core.answer("get.test.m", model(R"({"a":1})"));
    client.expect_nothing();
    core.publish("event.test.m.custom", "1");
    client.expect_event("test.m.custom", "1");
}

// [RST-9], [LOG-9], [DEC-7], S-RST-7
TEST_F(Reset, ThatFailsLetsTheEventsSetAsideTakeEffect) {
    const std::vector<std::string> failures = {
        R"({"error":{"code":"system.internalError","message":"x"}})", "{broken", R"({"result":{}})",
        collection("[]"), R"({"result":{"model":{"a":{"b":1}}}})"};
    hold("test.m", R"({"n":0})");
    int n = 0;
    for (const std::string& failure : failures) {
        core.publish("system.reset", reset_all);
        const std::string change = Json({{"values", {{"n", ++n}}}}).dump();
        core.publish("event.test.m.change", change);
        core.publish("event.test.m.change", change);
        core.answer("get.test.m", failure);
        client.expect_event("test.m.change", change);
        client.expect_nothing();
        EXPECT_EQ(core.log.take_errors(), 1U) << failure;
    }
}

// [RST-9], [Q50-3]
TEST_F(Reset, WithoutReplyOrRespondersKeepsTheResource) {
    hold("test.m", R"({"n":0})");
    core.publish("system.reset", reset_all);
    core.reply_no_responders(core.take("get.test.m"));
    EXPECT_EQ(core.log.take_errors(), 1U);
    core.publish("system.reset", reset_all);
    core.advance(milliseconds(3000));
    EXPECT_EQ(core.log.take_errors(), 1U);
    client.expect_nothing();
    core.publish("event.test.m.custom", "1");
    client.expect_event("test.m.custom", "1");
}

// [RST-9]: a deletion set aside takes effect in its place among the others.
TEST_F(Reset, ThatFailsAppliesADeletionSetAside) {
    hold("test.m", R"({"n":0})");
    core.publish("system.reset", reset_all);
    core.publish("event.test.m.change", R"({"values":{"n":1}})");
    core.publish("event.test.m.delete", R"({"why":1})");
    core.publish("event.test.m.change", R"({"values":{"n":2}})");
    core.answer("get.test.m", "{broken");
    client.expect_event("test.m.change", R"({"values":{"n":1}})");
    client.expect_event("test.m.delete", R"({"why":1})");
    EXPECT_EQ(client.next()["event"], "test.m.unsubscribe");
    client.expect_nothing();
}

// [RST-9], [DEL-1], S-RST-6, W-33
TEST_F(Reset, AnsweredNotFoundDeletes) {
    hold("test.m", plain_model);
    core.publish("system.reset", reset_all);
    core.answer("get.test.m", not_found);
    client.expect_event("test.m.delete", "null");
    client.expect_event("test.m.unsubscribe",
                        R"({"reason":{"code":"system.deleted","message":"Deleted"}})");
    core.publish("event.test.m.custom", "1");
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

// [RST-6]: with too much set aside, only a get that succeeds can help.
TEST_F(Reset, IsRepeatedUntilItSucceedsIfEventsHadToBeDropped) {
    hold("test.m", R"({"n":0})");
    core.publish("system.reset", reset_all);
    for (int i = 1; i <= 1001; ++i)
        core.publish("event.test.m.change", Json({{"values", {{"n", i}}}}).dump());
    core.answer("get.test.m", "{broken");
    client.expect_nothing();
    for (int attempt = 0; attempt < 3; ++attempt) {
        core.advance(milliseconds(999));
        core.expect_no_request();
        core.advance(milliseconds(1));
        core.publish("event.test.m.change", R"({"values":{"n":2000}})");
        core.answer("get.test.m", "{broken");
        client.expect_nothing();
    }
    core.advance(milliseconds(1000));
    core.answer("get.test.m", model(R"({"n":2000})"));
    client.expect_event("test.m.change", R"({"values":{"n":2000}})");
    core.publish("event.test.m.change", R"({"values":{"n":2001}})");
    client.expect_event("test.m.change", R"({"values":{"n":2001}})");
    core.advance(milliseconds(5000));
    core.expect_no_request();
}

// [RST-6]: the same by size.
TEST_F(Reset, SetsAsideAMebibyteAtMost) {
    hold("test.m", R"({"n":""})");
    core.publish("system.reset", reset_all);
    for (int i = 0; i < 3; ++i)
        core.publish("event.test.m.change",
                     Json({{"values", {{"n", std::string(400000, 'x')}}}}).dump());
    core.answer("get.test.m", "{broken");
    client.expect_nothing();
    core.advance(milliseconds(1000));
    core.answer("get.test.m", model(R"({"n":"y"})"));
    client.expect_event("test.m.change", R"({"values":{"n":"y"}})");
}

// [RST-11]
TEST_F(Reset, WhilePendingIsAppliedAsADifferenceToTheFirstReply) {
    const auto id = client.request("subscribe.test.m");
    core.answer("access.test.m", granted);
    const ServiceCall first = core.take("get.test.m");
    core.publish("system.reset", reset_all);
    const ServiceCall second = core.take("get.test.m");
    core.reply(first, model(R"({"a":1})"));
    client.expect_result(id, R"({"models":{"test.m":{"a":1}}})");
    core.reply(second, model(R"({"a":2})"));
    client.expect_event("test.m.change", R"({"values":{"a":2}})");
}

// [RST-11]
TEST_F(Reset, AnsweredBeforeTheFirstReplyIsDisregarded) {
    const auto id = client.request("subscribe.test.m");
    core.answer("access.test.m", granted);
    const ServiceCall first = core.take("get.test.m");
    core.publish("system.reset", reset_all);
    const ServiceCall second = core.take("get.test.m");
    core.reply(second, model(R"({"a":2})"));
    client.expect_nothing();
    core.reply(first, model(R"({"a":1})"));
    client.expect_result(id, R"({"models":{"test.m":{"a":1}}})");
    client.expect_nothing();
    core.publish("event.test.m.change", R"({"values":{"a":3}})");
    client.expect_event("test.m.change", R"({"values":{"a":3}})");
}

// [RST-12]
TEST_F(Reset, AnsweredAfterTheResourceHasLeftIsDisregarded) {
    client.request("subscribe.test.m?q");
    core.serve("test.m", R"({"result":{"model":{"a":1},"query":"q"}})");
    client.next();
    core.publish("system.reset", reset_all);
    client.request("unsubscribe.test.m?q");
    client.next();
    core.advance(milliseconds(2000));
    core.answer("get.test.m", not_found);
    core.advance(milliseconds(5000));
    EXPECT_EQ(core.hub().entry_count(), 0U);
    client.expect_nothing();
}

// [RST-10], [RST-4], [RST-1], S-RST-5
TEST_F(Reset, OfQueryResourcesAsksForNormalizedQueries) {
    const std::string reply = R"({"result":{"model":{"a":1},"query":"foo=bar"}})";
    for (const std::string rid : {"test.m?foo=bar", "test.m?a=b&foo=bar", "test.m"}) {
        client.request("subscribe." + rid);
        core.answer("access.test.m", granted);
        core.answer("get.test.m", reply);
        client.next();
    }
    core.publish("system.reset", reset_all);
    const ServiceCall get = core.take("get.test.m");
    EXPECT_EQ(get.payload, Json::parse(R"({"query":"foo=bar"})"));
    core.expect_no_request();
    core.reply(get, R"({"result":{"model":{"a":2},"query":"other"}})");
    std::set<std::string> events;
    while (client.waiting() > 0)
        events.insert(client.next()["event"]);
    EXPECT_EQ(events, (std::set<std::string>{"test.m?foo=bar.change", "test.m?a=b&foo=bar.change",
                                             "test.m.change"}));
}

// [RST-13], [LCS-6]
TEST_F(Reset, FollowsReferencesAndReleasesMovedOnes) {
    const Contents contents = {{"x", R"({"model":{"x":1}})"}, {"y", R"({"model":{"y":1}})"}};
    client.request("subscribe.test.c");
    core.serve("test.c", collection("[" + ref("x") + ",1]"));
    serve_pending(core, contents);
    client.next();
    core.publish("system.reset", reset_all);
    core.answer("get.test.c", collection("[1," + ref("x") + "," + ref("y") + "]"));
    client.expect_event("test.c.remove", R"({"idx":0})");
    // x was released with the removal and comes again, from the cache.
    client.expect_event("test.c.add", R"({"idx":1,"value":{"rid":"x"},"models":{"x":{"x":1}}})");
    serve_pending(core, contents);
    client.expect_event("test.c.add", R"({"idx":2,"value":{"rid":"y"},"models":{"y":{"y":1}}})");
}

// S-BUG-1, [LOD-2]
TEST(ResetOnSeveralLoops, FitsTheSnapshotOfANewReference) {
    for (int order = 0; order < 2; ++order) {
        Core core({{}, 2, 0});
        TestClient& one = core.connect("1.2.3", 0);
        TestClient& two = core.connect("1.2.3", 1);
        const Contents contents = {{"test.c", R"({"collection":[1,2,3]})"},
                                   {"m", R"({"model":{}})"}};
        subscribe_served(core, one, "test.c", contents);
        subscribe_served(core, two, "m", contents);
        core.publish("system.reset", reset_all);
        const ServiceCall get = core.take("get.test.c");
        core.automatic = false;
        core.publish("event.m.change", R"({"values":{"c":{"rid":"test.c"}}})");
        while (core.pump_to_loop(1)) {
        }
        if (order == 0)
            core.reply(get, collection("[1,2,3,4]"));
        while (core.pump_to_hub(1)) {
        }
        if (order == 1)
            core.reply(get, collection("[1,2,3,4]"));
        core.automatic = true;
        core.pump();
        one.expect_event("test.c.add", R"({"idx":3,"value":4})");
        const Json change = two.next();
        EXPECT_EQ(change["data"]["collections"]["test.c"],
                  Json::parse(order == 0 ? "[1,2,3,4]" : "[1,2,3]"));
        if (order == 1)
            two.expect_event("test.c.add", R"({"idx":3,"value":4})");
        two.expect_nothing();
    }
}

}  // namespace
}  // namespace resgate::test
