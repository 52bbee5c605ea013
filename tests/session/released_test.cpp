// Resources that the client drops while another delivery of them is pending (W-26, W-27,
// S-SENT-*): [GCO-3], [GCO-4], [SND-4].

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

const Contents contents = {
    {"test.model", R"({"model":{"a":1}})"},
    {"slow", R"({"model":{"n":1}})"},
    {"d", R"({"model":{"child":{"rid":"test.model"},"delayed":{"rid":"slow"}}})"},
    {"g", R"({"model":{"child":{"rid":"parent"},"delayed":{"rid":"slow"}}})"},
    {"parent", R"({"model":{"child":{"rid":"test.model"}}})"},
    {"empty", R"({"model":{"child":null}})"},
    {"holder", R"({"model":{"d":null}})"},
    {"list", R"({"collection":[]})"},
};

/// A way to hold test.model and to release it again.
struct Way {
    std::string name;
    std::function<void(Core&, TestClient&)> hold;
    std::function<void(Core&, TestClient&)> release;
};

void subscribe(Core& core, TestClient& client, std::string_view rid) {
    subscribe_served(core, client, rid, contents);
}

void unsubscribe(Core&, TestClient& client, const std::string& rid) {
    const auto id = client.request("unsubscribe." + rid);
    client.expect("{\"id\":" + std::to_string(id) + "}");
}

void set_child(Core& core, TestClient& client, const std::string& rid, const std::string& value) {
    core.publish("event." + rid + ".change", R"({"values":{"child":)" + value + "}}");
    serve_pending(core, contents, {"get.slow"});
    EXPECT_EQ(client.next()["event"], rid + ".change");
}

const std::vector<Way> ways = {
    {"Direct", [](Core& core, TestClient& client) { subscribe(core, client, "test.model"); },
     [](Core& core, TestClient& client) { unsubscribe(core, client, "test.model"); }},
    {"ParentUnsubscribed",
     [](Core& core, TestClient& client) { subscribe(core, client, "parent"); },
     [](Core& core, TestClient& client) { unsubscribe(core, client, "parent"); }},
    {"ParentChanged", [](Core& core, TestClient& client) { subscribe(core, client, "parent"); },
     [](Core& core, TestClient& client) { set_child(core, client, "parent", "null"); }},
    {"DirectAndByEvent",
     [](Core& core, TestClient& client) {
         subscribe(core, client, "test.model");
         subscribe(core, client, "empty");
         set_child(core, client, "empty", ref("test.model"));
     },
     [](Core& core, TestClient& client) {
         unsubscribe(core, client, "test.model");
         set_child(core, client, "empty", "null");
     }},
    {"ByEvent",
     [](Core& core, TestClient& client) {
         subscribe(core, client, "empty");
         set_child(core, client, "empty", ref("test.model"));
     },
     [](Core& core, TestClient& client) { set_child(core, client, "empty", "null"); }},
    {"DirectAndParent",
     [](Core& core, TestClient& client) {
         subscribe(core, client, "test.model");
         subscribe(core, client, "parent");
     },
     [](Core& core, TestClient& client) {
         set_child(core, client, "parent", "null");
         unsubscribe(core, client, "test.model");
     }},
};

class Released : public testing::TestWithParam<Way> {
  protected:
    void hold() { GetParam().hold(core, client); }

    void release() {
        GetParam().release(core, client);
        client.expect_nothing();
    }

    void answer_slow() {
        core.answer("get.slow", get_reply(contents, "slow"));
        core.expect_no_request();
    }

    Core core;
    TestClient& client = core.connect();
};

// [GCO-3], [Q40-6]: what another parent still leads to is held, and not sent again.
TEST(ReleasedByOneParent, IsNotSentAgainIfAnotherIsHeld) {
    const Contents diamond = {{"top", R"({"model":{"l":{"rid":"left"},"r":{"rid":"right"}}})"},
                              {"left", R"({"model":{"x":{"rid":"x"}}})"},
                              {"right", R"({"model":{"x":{"rid":"x"}}})"},
                              {"x", R"({"model":{"back":{"rid":"right"}}})"},
                              {"d", R"({"model":{"l":{"rid":"left"},"slow":{"rid":"slow"}}})"},
                              {"slow", R"({"model":{}})"}};
    Core core;
    TestClient& client = core.connect();
    subscribe_served(core, client, "top", diamond);
    const auto id = client.request("subscribe.d");
    serve_pending(core, diamond, {"get.slow"});
    core.publish("event.top.change", R"({"values":{"l":null}})");
    EXPECT_EQ(client.next()["event"], "top.change");
    core.publish("event.x.custom", "1");
    client.expect_event("x.custom", "1");
    serve_pending(core, diamond);
    client.expect_result(id, set_of(diamond, {"d", "left", "slow"}).dump());
}

TEST_P(Released, IsInTheResponseThatWaited) {  // S-SENT-1
    hold();
    const auto id = client.request("subscribe.d");
    serve_pending(core, contents, {"get.slow"});
    release();
    answer_slow();
    client.expect_result(id, set_of(contents, {"d", "slow", "test.model"}).dump());
    core.publish("event.test.model.custom", "1");
    client.expect_event("test.model.custom", "1");
}

TEST_P(Released, IsInTheChangeEventThatWaited) {  // S-SENT-2
    subscribe(core, client, "holder");
    hold();
    core.publish("event.holder.change", R"({"values":{"d":{"rid":"d"}}})");
    serve_pending(core, contents, {"get.slow"});
    release();
    answer_slow();
    Json data = set_of(contents, {"d", "slow", "test.model"});
    data["values"] = {{"d", {{"rid", "d"}}}};
    client.expect_event("holder.change", data.dump());
    core.publish("event.d.custom", "1");
    client.expect_event("d.custom", "1");
}

TEST_P(Released, IsInTheAddEventThatWaited) {  // S-SENT-3
    subscribe(core, client, "list");
    hold();
    core.publish("event.list.add", R"({"idx":0,"value":{"rid":"d"}})");
    serve_pending(core, contents, {"get.slow"});
    release();
    answer_slow();
    Json data = set_of(contents, {"d", "slow", "test.model"});
    data["idx"] = 0;
    data["value"] = {{"rid", "d"}};
    client.expect_event("list.add", data.dump());
}

TEST_P(Released, IsDeliveredInTheStateOfTheEventsSent) {  // S-SENT-5, W-27
    hold();
    core.publish("event.test.model.change", R"({"values":{"a":2}})");
    client.expect_event("test.model.change", R"({"values":{"a":2}})");
    const auto id = client.request("subscribe.d");
    serve_pending(core, contents, {"get.slow"});
    core.publish("event.test.model.change", R"({"values":{"b":3}})");
    client.expect_event("test.model.change", R"({"values":{"b":3}})");
    release();
    core.publish("event.test.model.change", R"({"values":{"a":4,"b":{"action":"delete"},"c":5}})");
    core.publish("event.test.model.custom", "6");
    client.expect_nothing();
    answer_slow();
    const Json response = client.next();
    EXPECT_EQ(response["id"], id);
    EXPECT_EQ(response["result"]["models"]["test.model"], Json::parse(R"({"a":2,"b":3})"));
    client.expect_event("test.model.change", R"({"values":{"a":4,"b":{"action":"delete"},"c":5}})");
    client.expect_event("test.model.custom", "6");
}

TEST_P(Released, AndDeletedMeanwhileIsDeliveredAndThenDeleted) {  // [GCO-4], [DEL-3]
    hold();
    const auto id = client.request("subscribe.d");
    serve_pending(core, contents, {"get.slow"});
    release();
    core.publish("event.test.model.change", R"({"values":{"a":2}})");
    core.publish("event.test.model.delete");
    client.expect_nothing();
    answer_slow();
    const Json response = client.next();
    EXPECT_EQ(response["id"], id);
    EXPECT_EQ(response["result"]["models"]["test.model"], Json::parse(R"({"a":1})"));
    client.expect_event("test.model.change", R"({"values":{"a":2}})");
    client.expect_event("test.model.delete", "null");
    client.expect_nothing();
}

TEST_P(Released, IsDisposedWhenTheRequestThatNeedsItEnds) {  // [GCO-2], [CNT-6]
    hold();
    const auto id = client.request("subscribe.d");
    serve_pending(core, contents, {"get.slow"});
    release();
    const auto end = client.request("unsubscribe.d");
    std::set<std::uint64_t> answered;
    while (client.waiting() > 0)
        answered.insert(client.next()["id"].get<std::uint64_t>());
    EXPECT_EQ(answered, (std::set<std::uint64_t>{id, end}));
    answer_slow();
    core.publish("event.test.model.custom", "1");
    client.expect_nothing();
}

INSTANTIATE_TEST_SUITE_P(Ways, Released, testing::ValuesIn(ways),
                         [](const auto& way) { return way.param.name; });

TEST(ReleasedGraph, IsInTheResponseAsAWhole) {  // S-SENT-4
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "parent");
    const auto id = client.request("subscribe.g");
    serve_pending(core, contents, {"get.slow"});
    unsubscribe(core, client, "parent");
    core.answer("get.slow", get_reply(contents, "slow"));
    client.expect_result(id, set_of(contents, {"g", "slow", "parent", "test.model"}).dump());
}

// [GCO-3]: what is held for another reason is not delivered again, and its events flow.
TEST(ReleasedGraph, LeavesWhatIsStillHeld) {
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "parent");
    subscribe(core, client, "test.model");
    const auto id = client.request("subscribe.g");
    serve_pending(core, contents, {"get.slow"});
    unsubscribe(core, client, "parent");
    core.publish("event.test.model.custom", "1");
    client.expect_event("test.model.custom", "1");
    core.publish("event.parent.custom", "1");
    client.expect_nothing();
    core.answer("get.slow", get_reply(contents, "slow"));
    client.expect_result(id, set_of(contents, {"g", "slow", "parent"}).dump());
    client.expect_event("parent.custom", "1");
}

// [Q40-9], [GCO-3]: a pending direct count keeps a delivered resource held.
TEST(ReleasedGraph, KeepsAResourceWithAPendingSubscribe) {
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "parent");
    const auto id = client.request("subscribe.test.model");
    unsubscribe(core, client, "parent");
    core.publish("event.test.model.custom", "1");
    client.expect_event("test.model.custom", "1");
    core.answer("access.test.model", granted);
    client.expect_result(id, "{}");
}

// [HLD-8]: an event that waits when its resource is released is part of the next delivery.
TEST(ReleasedGraph, TakesTheEffectOfAWaitingEventAlong) {
    Contents more = contents;
    more["e"] = R"({"model":{"child":{"rid":"empty"},"delayed":{"rid":"slow"}}})";
    more["late"] = R"({"model":{}})";
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "empty");
    const auto id = client.request("subscribe.e");
    serve_pending(core, more, {"get.slow"});
    core.publish("event.empty.change", R"({"values":{"child":{"rid":"late"}}})");
    unsubscribe(core, client, "empty");
    serve_pending(core, more);
    const Json response = client.next();
    EXPECT_EQ(response["id"], id);
    EXPECT_EQ(response["result"]["models"]["empty"], Json::parse(R"({"child":{"rid":"late"}})"));
    EXPECT_EQ(response["result"]["models"]["late"], Json::object());
    client.expect_nothing();
    core.publish("event.empty.custom", "1");
    client.expect_event("empty.custom", "1");
}

// [GET-2]: what a get delivered and a pending request needs as well is delivered again.
TEST(ReleasedGraph, IsDeliveredAgainAfterAGet) {
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.d");
    serve_pending(core, contents, {"get.slow"});
    const auto get = client.request("get.test.model");
    core.answer("access.test.model", granted);
    client.expect_result(get, set_of(contents, {"test.model"}).dump());
    core.publish("event.test.model.change", R"({"values":{"a":2}})");
    client.expect_nothing();
    core.answer("get.slow", get_reply(contents, "slow"));
    const Json response = client.next();
    EXPECT_EQ(response["id"], id);
    EXPECT_EQ(response["result"]["models"]["test.model"], Json::parse(R"({"a":1})"));
    client.expect_event("test.model.change", R"({"values":{"a":2}})");
}

// [HLD-4], [HLD-6], [ORD-4]: what one message delivered is dropped and delivered again by the
// events that follow it. An event that waits since then keeps its position.
TEST(ReleasedGraph, KeepsTheOrderOfEventsWhenItIsDeliveredTwiceAtOnce) {
    const Contents twice = {{"top", R"({"model":{"p":{"rid":"p"}}})"},
                            {"p", R"({"model":{"m":{"rid":"m"}}})"},
                            {"m", R"({"collection":[1]})"},
                            {"q", R"({"model":{"m":{"rid":"m"},"slow":{"rid":"slow"}}})"},
                            {"late", R"({"model":{}})"}};
    Core core;
    TestClient& client = core.connect();
    const auto top = client.request("subscribe.top");
    client.request("subscribe.q");  // so that m exists when it is dropped
    serve_pending(core, twice, {"access.top", "get.slow"});
    core.publish("event.m.add", R"({"idx":1,"value":{"rid":"late"}})");
    core.publish("event.m.add", R"({"idx":2,"value":"x"})");
    core.publish("event.m.delete");
    core.publish("event.p.change", R"({"values":{"m":null}})");
    core.publish("event.p.change", R"({"values":{"n":{"rid":"m"}}})");
    client.expect_nothing();
    core.answer("access.top", granted);
    client.expect_result(top, set_of(twice, {"top", "p", "m"}).dump());
    client.expect_event("p.change", R"({"values":{"m":null}})");
    client.expect_event("p.change", R"({"values":{"n":{"rid":"m"}},"collections":{"m":[1]}})");
    client.expect_nothing();
    core.answer("get.late", get_reply(twice, "late"));
    client.expect_event("m.add", R"({"idx":1,"value":{"rid":"late"},"models":{"late":{}}})");
    client.expect_event("m.add", R"({"idx":2,"value":"x"})");
    client.expect_event("m.delete", "null");
    client.expect_nothing();
}

// [EVT-3], [REV-3]: what it had was dropped, what it asked for again is refused.
TEST(ReleasedAndAwaited, GetsNoUnsubscribeEventWhenItIsRefused) {
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "test.model");
    const auto d = client.request("subscribe.d");
    serve_pending(core, contents, {"get.slow"});
    core.publish("event.test.model.reaccess");
    unsubscribe(core, client, "test.model");
    const auto again = client.request("subscribe.test.model");
    core.answer("access.test.model", denied);
    client.expect_error(again, "system.accessDenied");
    core.answer("get.slow", R"({"result":{"model":{"n":1}}})");
    const Json result = client.next();
    EXPECT_EQ(result["id"], d);
    EXPECT_TRUE(result["result"]["models"].contains("test.model"));
    client.expect_nothing();
}

}  // namespace
}  // namespace resgate::test
