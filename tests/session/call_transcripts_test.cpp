// Transcripts W-14 to W-25, W-36, W-38, W-39 of 90.1 and S-REA-*: access, calls, limits in time.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

using std::chrono::milliseconds;

const std::string revoked = Json({{"reason", error_object("system.accessDenied")}}).dump();

TEST(Transcript, W14EventsAroundTheLoad) {  // [SEV-5], [SND-4], S-CHG-1
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.test.model");
    core.publish("event.test.model.change", R"({"values":{"a":9}})");
    core.answer("get.test.model", model(R"({"a":1})"));
    core.publish("event.test.model.change", R"({"values":{"a":2}})");
    client.expect_nothing();
    core.answer("access.test.model", granted);
    client.expect_result(id, R"({"models":{"test.model":{"a":1}}})");
    client.expect_event("test.model.change", R"({"values":{"a":2}})");
}

TEST(Transcript, W15RecheckHoldsTheParentNotTheChild) {  // S-REA-4, S-REA-7: [HLD-3], [HLD-5]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model.parent");
    core.publish("event.test.model.parent.reaccess");
    core.publish("event.test.model.parent.custom", "1");
    core.publish("event.test.model.custom", "2");
    client.expect_event("test.model.custom", "2");
    client.expect_nothing();
    core.answer("access.test.model.parent", granted);
    client.expect_event("test.model.parent.custom", "1");
    core.publish("event.test.model.reaccess");  // [REV-2]
    core.expect_no_request();
    expect_live(core, client, "test.model");
}

TEST(Transcript, W16AccessRevoked) {  // S-REA-2: [REV-3], [REV-6], [EVT-12]
    for (const bool referenced : {false, true}) {
        Core core;
        TestClient& client = core.connect();
        for (int i = 0; i < 3; ++i)
            result_of(core, client, "subscribe.test.model.parent");
        if (referenced)
            result_of(core, client, "subscribe.test.model.grandparent");
        core.publish("event.test.model.parent.reaccess");
        core.answer("access.test.model.parent", denied);
        client.expect_event("test.model.parent.unsubscribe", revoked);
        client.expect_nothing();
        for (const std::string_view rid : {"test.model.parent", "test.model"}) {
            if (referenced)
                expect_live(core, client, rid);
            else
                expect_silent(core, client, rid);
        }
        client.expect_error(client.request("unsubscribe.test.model.parent"),
                            "system.noSubscription");
    }
}

TEST(Transcript, W16RevokedByAnyError) {  // [REV-3], [Q40-10]
    for (const std::string_view reply :
         {R"({"error":{"code":"test.x","message":"X"}})", R"({"result":{"get":"foo"}})", ""}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe.test.model");
        core.publish("event.test.model.reaccess");
        const ServiceCall access = core.take("access.test.model");
        if (reply == std::string_view())
            core.advance(std::chrono::seconds(3));
        else
            core.reply(access, reply);
        EXPECT_EQ(client.next()["event"], "test.model.unsubscribe");
        expect_silent(core, client, "test.model");
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

TEST(Transcript, W19RecheckDemandedWhileLoading) {  // S-REA-5: [REV-2]
    for (const int demands : {1, 2}) {
        for (const std::string_view access : {granted, denied}) {
            Core core;
            TestClient& client = core.connect();
            const auto id = client.request("subscribe.test.model");
            core.answer("access.test.model", granted);
            for (int i = 0; i < demands; ++i)
                core.publish("event.test.model.reaccess");
            core.answer("get.test.model", fixture_reply("test.model"));
            client.expect_result(id, fixture_set({"test.model"}).dump());
            core.answer("access.test.model", access);
            core.expect_no_request();
            if (access == granted) {
                expect_live(core, client, "test.model");
                continue;
            }
            client.expect_event("test.model.unsubscribe", revoked);
            expect_silent(core, client, "test.model");
        }
    }
}

TEST(Reaccess, AsksOnce) {  // S-REA-1, S-REA-6: [REV-2]
    for (const std::string rid : {"test.model", "test.m.a"}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe." + rid);
        core.publish("event." + rid + ".reaccess");
        const ServiceCall access = core.take("access." + rid);
        core.expect_no_request();
        EXPECT_EQ(access.payload, Json({{"token", nullptr}, {"cid", client.cid()}}));
        core.reply(access, granted);
        client.expect_nothing();
        expect_live(core, client, rid);
    }
}

TEST(Reaccess, IsNotCausedByLosingAParent) {  // S-REA-3: [GCO-2]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    result_of(core, client, "subscribe.test.model.parent");
    client.request("unsubscribe.test.model.parent");
    client.next();
    core.expect_no_request();
    expect_live(core, client, "test.model");
}

TEST(Transcript, W20Calls) {  // [JSN-2], [ACC-7], [RPL-6]
    Core core;
    TestClient& client = core.connect();
    const auto one = client.request("call.test.model.foo", R"({"value":42})");
    core.answer("access.test.model", R"({"result":{"get":true,"call":"bar,foo"}})");
    const ServiceCall foo = core.take("call.test.model.foo");
    EXPECT_EQ(foo.payload,
              Json({{"params", {{"value", 42}}}, {"token", nullptr}, {"cid", client.cid()}}));
    core.reply(foo, R"({"result":{"n":12345678901234567890}})");
    client.expect_result(one, R"({"payload":{"n":12345678901234567890}})");
    const auto two = client.request("call.test.model.foo");
    core.answer("access.test.model", R"({"result":{"get":true,"call":"bar"}})");
    client.expect(Json({{"error", error_object("system.accessDenied")}, {"id", two}}).dump());
    core.expect_no_request();
    const auto three = client.request("call.test.model.bar");
    core.answer("access.test.model", R"({"result":{"get":true,"call":"bar"}})");
    core.answer("call.test.model.bar",
                R"({"result":{"a":1},"error":{"code":"system.custom","message":"Custom"}})");
    client.expect(
        Json({{"error", {{"code", "system.custom"}, {"message", "Custom"}}}, {"id", three}})
            .dump());
}

TEST(Transcript, W21AccessOfAResourceResponseDenied) {  // [CCL-6]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("call.test.coll.create", R"({"value":42})");
    core.answer("access.test.coll", full);
    core.answer("call.test.coll.create", R"({"resource":{"rid":"test.model"}})");
    core.answer("access.test.model", denied);
    client.expect_result(id,
                         Json({{"rid", "test.model"},
                               {"errors", {{"test.model", error_object("system.accessDenied")}}}})
                             .dump());
    EXPECT_EQ(client.session().subscription_count(), 0U);
}

TEST(Transcript, W22AuthWithToken) {  // [RES-4], [RES-5], [CID-3]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("auth.login.password", R"({"user":"u","pw":"p"})");
    const ServiceCall auth = core.take("auth.login.password");
    core.publish("conn." + client.cid() + ".token", R"({"token":{"uid":7},"tid":"7"})");
    core.reply(auth, R"({"resource":{"rid":"user.{cid}"}})");
    EXPECT_EQ(core.pending_subjects().size(), 2U);
    core.answer("get.user." + client.cid(), model(R"({"name":"U"})"));
    const ServiceCall access = core.take("access.user." + client.cid());
    EXPECT_EQ(access.payload, Json({{"token", {{"uid", 7}}}, {"cid", client.cid()}}));
    core.reply(access, granted);
    client.expect_result(id, R"({"rid":"user.{cid}","models":{"user.{cid}":{"name":"U"}}})");
    EXPECT_EQ(client.last_text().find(client.cid()), std::string::npos);  // [CID-2]
}

TEST(Transcript, W24LegacyClient) {  // [LEG-1], [LEG-3], [CVE-7]
    Core core;
    TestClient& client = core.connect("");
    const std::pair<std::string_view, std::string_view> calls[] = {
        {R"({"result":{"a":1}})", R"({"a":1})"},
        {R"({"result":null})", "null"},
        {R"({"resource":{"rid":"test.x"}})", R"({"rid":"test.x"})"}};
    for (const auto& [reply, result] : calls) {
        const auto id = client.request("call.test.model.foo");
        core.answer("access.test.model", full);
        core.answer("call.test.model.foo", reply);
        client.expect_result(id, result);
        core.expect_no_request();
    }
    const auto id = client.request("subscribe.test.mix");
    core.serve("test.mix", model(R"({"s":{"rid":"a.b","soft":true},"d":{"data":[1]},
        "p":{"data":12},"r":{"rid":"test.y"}})"));
    core.answer("get.test.y", model("{}"));
    client.expect_result(id, R"({"models":{"test.mix":{"s":"a.b","d":"[Data]","p":12,
        "r":{"rid":"test.y"}},"test.y":{}}})");
    core.publish("event.test.mix.change",
                 R"({"values":{"s":{"rid":"a.c","soft":true},"d":{"action":"delete"}}})");
    client.expect_event("test.mix.change", R"({"values":{"s":"a.c","d":{"action":"delete"}}})");
}

TEST(Transcript, W25ConnectionIdTag) {  // S-SUB-8, S-GET-2: [CID-3], [CID-5], [CID-6], [NRM-5]
    for (const std::string query : {"", "?of={cid}"}) {
        for (const std::string type : {"subscribe", "get"}) {
            Core core;
            TestClient& client = core.connect();
            const std::string cid = client.cid();
            const std::string rid = "test.{cid}.model" + query;
            const auto id = client.request(type + "." + rid);
            EXPECT_TRUE(core.event_subscriptions().contains("event.test." + cid + ".model.*"));
            const ServiceCall get = core.take("get.test." + cid + ".model");
            const ServiceCall access = core.take("access.test." + cid + ".model");
            Json expected = query.empty() ? Json::object() : Json({{"query", "of=" + cid}});
            EXPECT_EQ(get.payload, expected);
            expected["token"] = nullptr;
            expected["cid"] = cid;
            EXPECT_EQ(access.payload, expected);
            core.reply(get, model(R"({"a":1})"));
            core.reply(access, granted);
            client.expect_result(id, Json({{"models", {{rid, {{"a", 1}}}}}}).dump());
            core.publish("event.test." + cid + ".model.custom", "1");
            if (type == "subscribe")
                client.expect_event(rid + ".custom", "1");
            client.expect_nothing();
        }
    }
}

TEST(Transcript, W36PreResponseTimeoutNobodyThere) {  // [TMO-4], [RPL-3]
    Core core;
    TestClient& client = core.connect();
    const auto call = client.request("call.slow.job.run");
    core.answer("access.slow.job", full);
    const ServiceCall run = core.take("call.slow.job.run");
    core.advance(milliseconds(2900));
    core.reply(run, R"(timeout:"15000")");
    core.advance(milliseconds(14999));
    client.expect_nothing();
    core.reply(run, R"({"result":"done"})");
    client.expect_result(call, R"({"payload":"done"})");
    const auto nobody = client.request("subscribe.nobody.home");
    core.reply_no_responders(core.take("get.nobody.home"));
    client.expect_nothing();
    core.reply_no_responders(core.take("access.nobody.home"));
    client.expect(Json({{"error", error_object("system.notFound")}, {"id", nobody}}).dump());
}

TEST(Transcript, W39CacheLifeTime) {  // [ENT-6], [ENT-7]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    client.request("unsubscribe.test.model");
    client.next();
    core.advance(milliseconds(1000));
    core.publish("event.test.model.change", R"({"values":{"int":5}})");
    client.expect_nothing();
    core.advance(milliseconds(3000));
    client.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    core.expect_no_request();
    EXPECT_EQ(client.next()["result"]["models"]["test.model"]["int"], 5);
    core.advance(milliseconds(6000));
    client.disconnect();
    core.advance(milliseconds(4999));
    EXPECT_EQ(core.event_subscriptions().size(), 1U);
    core.advance(milliseconds(1));
    EXPECT_TRUE(core.event_subscriptions().empty());
    EXPECT_EQ(core.hub().entry_count(), 0U);
}

TEST(ReferenceThrottle, NeverExceedsItsBudget) {  // S-SUB-12: [THR-5] to [THR-7], W-37
    for (const bool nested : {false, true}) {
        Core::Options options;
        options.settings.reference_throttle = 3;
        Core core(options);
        TestClient& client = core.connect();
        const auto id = client.request("subscribe.col");
        Json content = Json::array();
        for (int i = 0; i < 10; ++i)
            content.push_back({{"rid", "m." + std::to_string(i)}});
        core.serve("col", collection(content.dump()));
        std::size_t gets = 0;
        for (auto pending = core.pending_subjects(); !pending.empty();
             pending = core.pending_subjects()) {
            ++gets;
            EXPECT_LE(pending.size(), 3U);
            client.request("auth.barrier.x");
            core.answer("auth.barrier.x", R"({"result":null})");
            EXPECT_TRUE(client.next()["result"].contains("payload"));
            const std::string name = pending.front().substr(4);
            const bool leaf = !nested || name.ends_with(".c");
            core.answer(pending.front(),
                        model(leaf ? "{}" : R"({"c":{"rid":")" + name + R"(.c"}})"));
        }
        EXPECT_EQ(gets, nested ? 20U : 10U);
        const Json message = client.next();
        EXPECT_EQ(message["id"], id);
        EXPECT_EQ(message["result"]["models"].size(), gets);
    }
}

}  // namespace
}  // namespace resgate::test
