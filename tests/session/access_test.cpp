#include <chrono>
#include <string_view>

#include <gtest/gtest.h>

#include "support/core.h"

namespace resgate::test {
namespace {

TestClient& subscriber(Core& core) {
    TestClient& client = core.connect();
    client.request("subscribe.test.model");
    core.serve("test.model", model(R"({"a":1,"ref":{"rid":"test.model"}})"));
    client.next();
    return client;
}

// [REV-4], [REV-5], [Q40-5]
TEST(Access, IsCheckedOnceMoreAfterADemandDuringACheckAndTheOutdatedResultIsNotRemembered) {
    Core core;
    TestClient& client = subscriber(core);
    core.publish("event.test.model.reaccess");
    const ServiceCall first = core.take("access.test.model");
    core.publish("event.test.model.reaccess");
    core.publish("event.test.model.reaccess");
    core.expect_no_request();
    core.reply(first, full);
    const ServiceCall second = core.take("access.test.model");
    core.expect_no_request();
    core.reply(second, granted);
    core.expect_no_request();
    const auto call = client.request("call.test.model.set");
    client.expect_error(call, "system.accessDenied");
    core.expect_no_request();
}

/// A client that holds `test.model` indirectly and has token 1.
TestClient& holder_with_token(Core& core) {
    TestClient& client = core.connect();
    core.publish("conn." + client.cid() + ".token", R"({"token":1})");
    client.request("subscribe.test.parent");
    core.serve("test.parent", model(R"({"child":{"rid":"test.model"}})"));
    core.answer("get.test.model", model("{}"));
    client.next();
    return client;
}

struct Asked {
    std::uint64_t id;    ///< of the client's request
    ServiceCall access;  ///< asked with the old token, not answered yet
};

/// A request that needs access to `test.model`, and a new token before there is an answer.
Asked ask_before_a_new_token(Core& core, TestClient& client, std::string_view method) {
    const auto id = client.request(method);
    ServiceCall access = core.take("access.test.model");
    core.publish("conn." + client.cid() + ".token", R"({"token":2})");
    core.answer("access.test.parent", granted);
    return {id, std::move(access)};
}

// [REV-5], [Q40-5]: what was asked with an old token, by a call, says nothing about the new one.
TEST(Access, OfACallWithAnOldTokenIsNotRememberedUnderTheNewOne) {
    Core core;
    TestClient& client = holder_with_token(core);
    const auto [first, old] = ask_before_a_new_token(core, client, "call.test.model.set");
    core.expect_no_request();  // of test.model there is no direct subscription ([REV-2])
    core.reply(old, full);
    core.answer("call.test.model.set", R"({"result":1})");
    client.expect_result(first, R"({"payload":1})");
    const auto second = client.request("call.test.model.set");
    const ServiceCall anew = core.take("access.test.model");
    EXPECT_EQ(anew.payload["token"], 2);
    core.reply(anew, denied);
    client.expect_error(second, "system.accessDenied");
}

// [REV-5], [Q40-5]: the same for a subscribe, and the old outcome is not that of the re-check.
// [CNT-6]: if the re-check is answered first and revokes, it takes the count of the pending
// subscribe.
TEST(Access, OfASubscribeWithAnOldTokenIsNotTheOutcomeOfTheRecheck) {
    for (const bool old_first : {true, false}) {
        SCOPED_TRACE(old_first);
        Core core;
        TestClient& client = holder_with_token(core);
        const auto [id, old] = ask_before_a_new_token(core, client, "subscribe.test.model");
        const ServiceCall recheck = core.take("access.test.model");
        EXPECT_EQ(old.payload["token"], 1);
        EXPECT_EQ(recheck.payload["token"], 2);
        if (old_first) {
            core.reply(old, full);
            client.expect_result(id, "{}");
            client.expect_nothing();
        }
        core.reply(recheck, denied);
        EXPECT_EQ(client.next()["event"], "test.model.unsubscribe");
        if (!old_first) {
            client.expect_error(id, "system.disposedSubscription");
            core.reply(old, full);
            client.expect_nothing();
        }
        client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
        client.expect_error(client.request("call.test.model.set"), "system.accessDenied");
        core.publish("event.test.model.custom", "1");  // still held indirectly
        client.expect_event("test.model.custom", "1");
    }
}

// [REV-2], [FAI-1]: a demand is not lost with a load that fails and is started over.
TEST(Access, WithAnOldTokenIsCheckedAgainAfterALoadThatWasStartedOver) {
    Core core;
    TestClient& client = core.connect();
    core.publish("conn." + client.cid() + ".token", R"({"token":1})");
    const auto first = client.request("subscribe.test.model");
    const ServiceCall old = core.take("access.test.model");
    core.publish("conn." + client.cid() + ".token", R"({"token":2})");
    core.answer("get.test.model", not_found);
    const auto second = client.request("subscribe.test.model");
    core.answer("access.test.model", R"({"error":{"code":"test.refused","message":"x"}})");
    client.expect_error(second, "test.refused");
    core.reply(old, granted);
    client.expect_nothing();
    core.answer("get.test.model", model("{}"));
    client.expect_result(first, R"({"models":{"test.model":{}}})");
    const ServiceCall recheck = core.take("access.test.model");
    EXPECT_EQ(recheck.payload["token"], 2);
    core.reply(recheck, denied);
    EXPECT_EQ(client.next()["event"], "test.model.unsubscribe");
    client.expect_nothing();
}

// [Q40-11]: a demand forgets what is remembered at once, even while events are held back.
TEST(Access, ThatIsToBeCheckedAgainIsNotUsedForCalls) {
    Core core;
    TestClient& client = subscriber(core);
    core.publish("event.test.model.reaccess");
    const ServiceCall check = core.take("access.test.model");
    const auto call = client.request("call.test.model.set");
    core.expect_no_request();
    core.reply(check, full);
    core.answer("call.test.model.set", R"({"result":1})");
    client.expect_result(call, R"({"payload":1})");
}

TEST(Access, DecidesACallWhoseSubscriptionIsGoneMeanwhile) {  // [ACC-10]
    Core core;
    TestClient& client = core.connect();
    const auto subscribe = client.request("subscribe.test.model");
    const auto call = client.request("call.test.model.set");
    const auto unsubscribe = client.request("unsubscribe.test.model");
    EXPECT_EQ(client.next(), Json({{"id", unsubscribe}}));
    client.expect_error(subscribe, "system.disposedSubscription");
    core.answer("access.test.model", full);
    core.answer("call.test.model.set", R"({"result":null})");
    client.expect_result(call, R"({"payload":null})");
}

TEST(Access, ThatIsRefusedGivesTheCountBackAsDoesAnAnsweredGet) {  // [ACC-9], [CNT-2], [GET-1]
    Core core;
    TestClient& client = core.connect();
    const auto subscribe = client.request("subscribe.test.model");
    core.answer("access.test.model", denied);
    client.expect_error(subscribe, "system.accessDenied");
    client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
    core.answer("get.test.model", model(R"({"a":1})"));

    const auto get = client.request("get.test.model");
    core.answer("access.test.model", granted);
    client.expect_result(get, R"({"models":{"test.model":{"a":1}}})");
    client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
}

// [HLD-7], [APP-9], [ORD-4]
TEST(Access, HoldsCustomEventsAndChangesBackInTheirOrder) {
    Core core;
    TestClient& client = subscriber(core);
    core.publish("event.test.model.reaccess");
    core.publish("event.test.model.custom", "1");
    core.publish("event.test.model.change", R"({"values":{"a":2}})");
    core.publish("event.test.model.create", "2");
    client.expect_nothing();
    core.answer("access.test.model", granted);
    client.expect_event("test.model.custom", "1");
    client.expect_event("test.model.change", R"({"values":{"a":2}})");
    client.expect_event("test.model.create", "2");
}

// [APP-8]: the same reference again is no change. [ORD-2], [ORD-3]: an event before a reply is sent
// before it.
TEST(Access, OfACallIsAnsweredAfterTheEventsThatCameBefore) {
    Core core;
    TestClient& client = subscriber(core);
    const auto call = client.request("auth.test.model.login");
    core.publish("event.test.model.change", R"({"values":{"ref":{"rid":"test.model"},"a":3}})");
    core.answer("auth.test.model.login", R"({"result":null})");
    client.expect_event("test.model.change", R"({"values":{"a":3}})");
    client.expect_result(call, R"({"payload":null})");
}

TEST(Access, AndEverythingElseIsGivenBackByADisconnect) {  // [DIS-1], [DIS-2]
    Core core;
    TestClient& client = subscriber(core);
    client.request("subscribe.test.other");
    EXPECT_GT(core.hub().use_count(), 0U);
    client.disconnect();
    core.answer("access.test.other", granted);
    core.answer("get.test.other", model("{}"));
    EXPECT_EQ(core.hub().use_count(), 0U);
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(Recheck, ThatFailsInAnyWayRevokes) {  // [REV-3], [Q40-10]
    for (const std::string_view reply :
         {R"({"error":{"code":"test.x","message":"X"}})", R"({"result":{"get":"foo"}})", ""}) {
        Core core;
        TestClient& client = subscriber(core);
        core.publish("event.test.model.reaccess");
        const ServiceCall access = core.take("access.test.model");
        if (reply == std::string_view())
            core.advance(std::chrono::seconds(3));
        else
            core.reply(access, reply);
        EXPECT_EQ(client.next()["event"], "test.model.unsubscribe");
        core.publish("event.test.model.custom", "1");
        client.expect_nothing();
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

}  // namespace
}  // namespace resgate::test
