// Connection events (30.11): S-TOK-*, W-17, W-18.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

void give_token(Core& core, const TestClient& client, std::string_view payload) {
    core.publish("conn." + client.cid() + ".token", payload);
}

/// The token services are told.
Json token_seen(Core& core, TestClient& client) {
    client.request("auth.test.x.y");
    return core.take("auth.test.x.y").payload["token"];
}

TEST(Token, IsCarriedByRequests) {  // S-TOK-1: [REQ-3]
    Core core;
    TestClient& client = core.connect();
    give_token(core, client, R"({"token":{"user":"foo","n":1.0}})");
    client.request("subscribe.test.model");
    EXPECT_EQ(core.take("get.test.model").text, "{}");
    const ServiceCall access = core.take("access.test.model");
    EXPECT_NE(access.text.find(R"("token":{"user":"foo","n":1.0})"), std::string::npos);  // [JSN-2]
    client.request("call.test.other.x");
    EXPECT_EQ(core.take("access.test.other").payload["token"], access.payload["token"]);
    core.expect_no_request();
}

TEST(Token, IsReplacedByTheNext) {  // S-TOK-2: [COE-2], [COE-3], [COE-4]
    Core core;
    TestClient& client = core.connect();
    EXPECT_EQ(token_seen(core, client), nullptr);
    for (const std::string_view token : {R"({"a":1})", R"("x")", "42", "false", "[1]", "null"}) {
        give_token(core, client, R"({"token":)" + std::string(token) + R"(,"unknown":1})");
        EXPECT_EQ(token_seen(core, client), Json::parse(token));
    }
    give_token(core, client, R"({"token":1})");
    give_token(core, client, "null");
    EXPECT_EQ(token_seen(core, client), nullptr);
    give_token(core, client, R"({"token":1})");
    give_token(core, client, R"({"tid":"x"})");
    EXPECT_EQ(token_seen(core, client), nullptr);
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(Token, IsKeptWhenTheEventIsMalformed) {  // [COE-6], [LOG-10]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    give_token(core, client, R"({"token":1,"tid":"a"})");
    for (const std::string_view payload :
         {"", " ", "[]", "42", R"("x")", "{", R"({"token":BROKEN})", R"({"token":2,"tid":42})",
          R"({"tid":[]})", R"({"tid":true})", R"({"token":2} x)"}) {
        SCOPED_TRACE(payload);
        give_token(core, client, payload);
        EXPECT_EQ(core.log.take_errors(), 1U);
        core.expect_no_request();
    }
    EXPECT_EQ(token_seen(core, client), 1);
    core.publish("system.tokenReset", R"({"tids":["a"],"subject":"renew"})");
    core.take("renew");
}

TEST(Token, OfOthersAndOtherEventsAreIgnored) {  // [COE-1], [DEC-11]
    Core core;
    TestClient& client = core.connect();
    TestClient& other = core.connect();
    give_token(core, client, R"({"token":1})");
    core.publish("conn.unknown.token", "broken");
    core.publish("conn.unknown.token", R"({"token":2})");
    core.publish("conn." + client.cid() + ".tokens", "broken");
    core.publish("conn." + client.cid() + ".foo");
    EXPECT_EQ(token_seen(core, client), 1);
    EXPECT_EQ(token_seen(core, other), nullptr);
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(Token, IsHonouredFromTheFirstMoment) {  // [COE-7]
    Core core;
    TestClient& client = core.connect("");
    give_token(core, client, R"({"token":1})");
    EXPECT_EQ(token_seen(core, client), 1);
}

TEST(Token, DemandsARecheckUnlessItWasUnset) {  // [COE-4], [COE-5]: the sequence of 30.11
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    const std::tuple<std::string_view, bool, std::string_view> steps[] = {
        {R"({"token":{"u":1}})", false, ""},
        {R"({"token":{"u":1}})", true, R"({"u":1})"},
        {R"({"token":null})", true, "null"},
        {R"({"token":{"u":2}})", true, R"({"u":2})"},
        {"{}", true, "null"},
        {R"({"token":{"u":3}})", false, ""},
        {"null", true, "null"},
        {"null", false, ""},
        {"{}", false, ""},
        {R"({"token":null})", false, ""},
        {R"({"token":null})", true, "null"},
    };
    for (const auto& [payload, rechecks, token] : steps) {
        SCOPED_TRACE(payload);
        give_token(core, client, payload);
        if (rechecks) {
            const ServiceCall access = core.take("access.test.model");
            EXPECT_EQ(access.payload, Json({{"token", Json::parse(token)}, {"cid", client.cid()}}));
            core.reply(access, granted);
        }
        core.expect_no_request();
        client.expect_nothing();
    }
    expect_live(core, client, "test.model");
}

TEST(Token, RechecksEverythingSubscribedDirectly) {  // S-TOK-3, W-17: [COE-5], [REV-3], [REV-6]
    const std::string error =
        R"({"error":{"code":"system.accessDenied","message":"Access denied"}})";
    for (const std::string& access : {std::string(granted), std::string(denied), error}) {
        Core core;
        TestClient& client = core.connect();
        TestClient& other = core.connect();
        give_token(core, client, R"({"token":{"user":"foo"}})");
        result_of(core, client, "subscribe.test.model.parent");
        result_of(core, client, "subscribe.test.collection");
        result_of(core, other, "subscribe.test.collection");
        give_token(core, client, R"({"token":{"user":"bar"}})");
        for (const std::string rid : {"test.model.parent", "test.collection"}) {
            const ServiceCall recheck = core.take("access." + rid);
            EXPECT_EQ(recheck.payload, Json({{"token", {{"user", "bar"}}}, {"cid", client.cid()}}));
            core.reply(recheck, access);
            if (access != granted)
                client.expect_event(rid + ".unsubscribe",
                                    Json({{"reason", error_object("system.accessDenied")}}).dump());
        }
        core.expect_no_request();
        for (const std::string rid : {"test.model.parent", "test.model", "test.collection"}) {
            if (access == granted)
                expect_live(core, client, rid);
            else
                expect_silent(core, client, rid);
        }
        other.expect_event("test.collection.custom", R"({"foo":"bar"})");
    }
}

TEST(Token, SetAfterASubscribeKeepsRememberedAccess) {  // W-18: [COE-5], [ACC-4], [Q30-8]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    give_token(core, client, R"({"token":{"user":"foo"},"tid":"t1"})");
    core.expect_no_request();
    const auto id = client.request("call.test.model.set", R"({"a":1})");
    client.expect(Json({{"error", error_object("system.accessDenied")}, {"id", id}}).dump());
    core.publish("event.test.model.reaccess");
    core.answer("access.test.model", R"({"result":{"get":true,"call":"set"}})");
    const auto again = client.request("call.test.model.set", R"({"a":1})");
    EXPECT_EQ(core.take("call.test.model.set").payload,
              Json({{"params", {{"a", 1}}}, {"token", {{"user", "foo"}}}, {"cid", client.cid()}}));
    core.expect_no_request();
    EXPECT_NE(id, again);
}

}  // namespace
}  // namespace resgate::test
