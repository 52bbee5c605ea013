// Transcripts W-01 to W-13 of 90.1: loading, references, queues behind loads.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

constexpr std::string_view room = R"({"name":"R","shelf":{"rid":"lib.shelf"}})";
constexpr std::string_view shelf = R"(["A",{"rid":"lib.book"}])";

void subscribe(Core& core, TestClient& client, std::string_view name, std::string_view content) {
    client.request("subscribe." + std::string(name));
    core.serve(name, content.starts_with('{') ? model(content) : collection(content));
    EXPECT_TRUE(client.next().contains("result"));
}

TEST(Transcript, W01VersionAndPlainSubscribe) {  // [STA-2], [CVE-6], [SUBJ-1], [REQ-7], [REQ-3], [EVT-1]
    Core core;
    TestClient& client = core.connect("");
    client.say(R"({"id":1,"method":"version","params":{"protocol":"1.2.3"}})");
    client.expect(R"({"result":{"protocol":"1.2.3"},"id":1})");
    client.say(R"({"id":2,"method":"subscribe.test.model"})");
    EXPECT_TRUE(core.event_subscriptions().contains("event.test.model.*"));
    core.answer("get.test.model", model(R"({"string":"foo","int":42})"));
    core.answer("access.test.model", granted);
    client.expect(R"({"result":{"models":{"test.model":{"string":"foo","int":42}}},"id":2})");
    core.publish("event.test.model.custom", R"({"foo":"bar"})");
    client.expect(R"({"event":"test.model.custom","data":{"foo":"bar"}})");
    core.publish("event.test.model.custom");
    client.expect(R"({"event":"test.model.custom","data":null})");
}

TEST(Transcript, W02NestedReferencesSlowAccess) {  // [LOD-1], [LOD-5]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.lib.room");
    core.answer("get.lib.room", model(room));
    EXPECT_TRUE(core.event_subscriptions().contains("event.lib.shelf.*"));
    core.answer("get.lib.shelf", collection(shelf));
    core.answer("get.lib.book", model(R"({"title":"T"})"));
    client.expect_nothing();
    core.answer("access.lib.room", granted);
    client.expect_result(id, R"({"models":{"lib.room":{"name":"R","shelf":{"rid":"lib.shelf"}},
        "lib.book":{"title":"T"}},"collections":{"lib.shelf":["A",{"rid":"lib.book"}]}})");
    core.expect_no_request();
    for (const std::string_view rid : {"lib.room", "lib.shelf", "lib.book"})
        expect_live(core, client, rid);
}

TEST(Transcript, W03AReferenceThatFails) {  // [LOD-3], [LOD-4], [SET-4], [FAI-3]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.test.parent");
    core.serve("test.parent", model(R"({"name":"p","child":{"rid":"test.gone"}})"));
    core.answer("get.test.gone", not_found);
    client.expect_result(id, R"({"models":{"test.parent":{"name":"p","child":{"rid":"test.gone"}}},
        "errors":{"test.gone":{"code":"system.notFound","message":"Not found"}}})");
    core.publish("event.test.gone.custom", "1");
    client.expect_nothing();
}

TEST(Transcript, W04Cycles) {  // [STA-1], [GCO-1], [LOD-8], [GCO-2], [ENT-6]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.test.m.d");
    core.serve("test.m.d", fixture_reply("test.m.d"));
    core.answer("get.test.m.e", fixture_reply("test.m.e"));
    core.answer("get.test.m.f", fixture_reply("test.m.f"));
    core.expect_no_request();
    client.expect_result(id, fixture_set({"test.m.d", "test.m.e", "test.m.f"}).dump());
    client.expect(R"({"id":)" + std::to_string(client.request("unsubscribe.test.m.d")) + "}");
    EXPECT_EQ(client.session().subscription_count(), 0U);
    core.advance(std::chrono::milliseconds(4999));
    EXPECT_EQ(core.event_subscriptions().size(), 3U);
    core.advance(std::chrono::milliseconds(1));
    EXPECT_TRUE(core.event_subscriptions().empty());
}

TEST(Transcript, W06ConcurrentSubscribersOneGet) {  // [FET-2]
    Core core;
    TestClient& first = core.connect();
    TestClient& second = core.connect();
    const auto one = first.request("subscribe.test.model");
    const auto two = second.request("subscribe.test.model");
    const ServiceCall access = core.take("access.test.model");
    const ServiceCall other = core.take("access.test.model");
    EXPECT_EQ(access.payload["cid"], first.cid());
    EXPECT_EQ(other.payload["cid"], second.cid());
    core.reply(access, granted);
    core.reply(other, granted);
    core.answer("get.test.model", model(R"({"a":1})"));
    core.expect_no_request();
    first.expect_result(one, R"({"models":{"test.model":{"a":1}}})");
    second.expect_result(two, R"({"models":{"test.model":{"a":1}}})");
}

TEST(Transcript, W07DirectOnAnIndirectResource) {  // [RSP-4], [ACC-4]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model.parent");
    const auto id = client.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    core.expect_no_request();
    client.expect_result(id, "{}");
    client.request("unsubscribe.test.model.parent");
    client.next();
    expect_live(core, client, "test.model");
}

TEST(Transcript, W07VariantAccessRefused) {  // [ACC-4], [REV-2]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model.parent");
    client.request("subscribe.test.model");
    core.answer("access.test.model", denied);
    EXPECT_EQ(client.next()["error"], error_object("system.accessDenied"));
    expect_live(core, client, "test.model");
    client.expect_error(client.request("subscribe.test.model"), "system.accessDenied");
    core.expect_no_request();
    core.publish("event.test.model.reaccess");
    core.expect_no_request();  // indirect only
    const auto id = client.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    client.expect_result(id, "{}");
}

TEST(Transcript, W08GetWithoutSubscription) {  // [CGT-3], [ENT-7]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "get.test.model.parent");
    expect_silent(core, client, "test.model");
    expect_silent(core, client, "test.model.parent");
    const auto id = client.request("get.test.model");
    core.answer("access.test.model", granted);
    core.expect_no_request();
    client.expect_result(id, fixture_set({"test.model"}).dump());
}

TEST(Transcript, W09CountsAndResourceResponse) {  // [RES-2], [RSP-2], [ACC-7]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    for (const bool held : {true, false}) {
        const auto id = client.request("call.test.getModel");
        core.answer("access.test", full);
        EXPECT_EQ(core.take("call.test.getModel").payload.size(), 3U);
        client.request("call.test.getModel");
        core.answer("access.test", full);  // nothing is remembered
        core.answer("call.test.getModel", R"({"error":{"code":"x","message":"x"}})");
        EXPECT_EQ(client.next()["error"]["code"], "x");
        const auto again = client.request("call.test.getModel");
        core.answer("access.test", full);
        core.answer("call.test.getModel", R"({"resource":{"rid":"test.model"}})");
        EXPECT_NE(id, again);
        if (held) {
            client.expect_result(again, R"({"rid":"test.model"})");
            core.expect_no_request();
            client.expect_error(client.request("unsubscribe.test.model", R"({"count":3})"),
                                "system.noSubscription");
            const auto two = client.request("unsubscribe.test.model", R"({"count":2})");
            client.expect(R"({"id":)" + std::to_string(two) + "}");
        } else {
            core.answer("access.test.model", granted);
            core.expect_no_request();  // the get is served by the cache
            Json expected = fixture_set({"test.model"});
            expected["rid"] = "test.model";
            client.expect_result(again, expected.dump());
        }
    }
}

TEST(Transcript, W10ChangeEventAddingAReference) {  // [ORD-5], [HLD-2], [EVT-6]
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "test.model", R"({"int":42})");
    core.publish("event.test.model.change", R"({"values":{"ref":{"rid":"test.coll"},"int":42}})");
    EXPECT_TRUE(core.event_subscriptions().contains("event.test.coll.*"));
    core.publish("event.test.model.custom", "1");
    client.expect_nothing();
    core.answer("get.test.coll", collection(R"(["x"])"));
    client.expect_event(
        "test.model.change",
        R"({"values":{"ref":{"rid":"test.coll"}},"collections":{"test.coll":["x"]}})");
    client.expect_event("test.model.custom", "1");
}

TEST(Transcript, W11ReferenceReplacedRemovedSoftened) {  // [APP-5], [APP-7]
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.parent");
    core.serve("test.parent", model(R"({"child":{"rid":"test.model"}})"));
    core.answer("get.test.model", model("{}"));
    client.next();
    core.publish("event.test.parent.change", R"({"values":{"child":{"rid":"test.coll"}}})");
    expect_silent(core, client, "test.model");
    core.answer("get.test.coll", collection(R"(["x"])"));
    client.expect_event(
        "test.parent.change",
        R"({"values":{"child":{"rid":"test.coll"}},"collections":{"test.coll":["x"]}})");
    core.publish("event.test.parent.change",
                 R"({"values":{"child":{"rid":"test.coll","soft":true}}})");
    client.expect_event("test.parent.change",
                        R"({"values":{"child":{"rid":"test.coll","soft":true}}})");
    expect_silent(core, client, "test.coll");
    core.publish("event.test.parent.change",
                 R"({"values":{"child":{"rid":"test.coll","soft":false}}})");
    core.expect_no_request();
    client.expect_event(
        "test.parent.change",
        R"({"values":{"child":{"rid":"test.coll","soft":false}},"collections":{"test.coll":["x"]}})");
}

TEST(Transcript, W12AddEventsQueuedBehindALoadingReference) {  // [SND-3], [APP-1], [HLD-2], [HLD-4], [HLD-6]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.collection");
    core.publish("event.test.collection.add", R"({"idx":1,"value":{"rid":"m.1"}})");
    core.publish("event.test.collection.add", R"({"idx":2,"value":{"rid":"m.2"}})");
    core.publish("event.test.collection.add", R"({"idx":3,"value":"new"})");
    EXPECT_EQ(core.pending_subjects(), (std::vector<std::string>{"get.m.1"}));
    core.answer("get.m.1", model(R"({"n":1})"));
    client.expect_event("test.collection.add",
                        R"({"idx":1,"value":{"rid":"m.1"},"models":{"m.1":{"n":1}}})");
    client.expect_nothing();
    core.answer("get.m.2", model(R"({"n":2})"));
    client.expect_event("test.collection.add",
                        R"({"idx":2,"value":{"rid":"m.2"},"models":{"m.2":{"n":2}}})");
    client.expect_event("test.collection.add", R"({"idx":3,"value":"new"})");
}

TEST(Transcript, W13OneEventWaitingForSeveralReferences) {  // [APP-6]
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "test.model", "{}");
    subscribe(core, client, "test.coll", "[0]");
    core.publish("event.test.model.change",
                 R"({"values":{"a":{"rid":"m.a"},"b":{"rid":"m.b"},"c":{"rid":"m.c"}}})");
    core.answer("get.m.a", model(R"({"n":"a"})"));
    core.publish("event.test.coll.add", R"({"idx":1,"value":{"rid":"m.b"}})");
    core.publish("event.test.coll.add", R"({"idx":2,"value":{"rid":"m.a"}})");
    client.expect_nothing();
    core.answer("get.m.b", model(R"({"n":"b"})"));
    client.expect_event("test.coll.add",
                        R"({"idx":1,"value":{"rid":"m.b"},"models":{"m.b":{"n":"b"}}})");
    client.expect_event("test.coll.add",
                        R"({"idx":2,"value":{"rid":"m.a"},"models":{"m.a":{"n":"a"}}})");
    client.expect_nothing();
    core.answer("get.m.c", model(R"({"n":"c"})"));
    client.expect_event("test.model.change",
                        R"({"values":{"a":{"rid":"m.a"},"b":{"rid":"m.b"},"c":{"rid":"m.c"}},
                            "models":{"m.c":{"n":"c"}}})");
}

TEST(Transcript, W42ReferencesKeptAcrossEvents) {  // [APP-2] to [APP-4], S-COL-3
    Core core;
    TestClient& client = core.connect();
    subscribe(core, client, "test.c", "[]");
    const auto add = [&](int index) {
        core.publish("event.test.c.add",
                     R"({"idx":)" + std::to_string(index) + R"(,"value":{"rid":"m"}})");
    };
    add(0);
    core.answer("get.m", model(R"({"x":1})"));
    client.expect_event("test.c.add", R"({"idx":0,"value":{"rid":"m"},"models":{"m":{"x":1}}})");
    add(1);
    client.expect_event("test.c.add", R"({"idx":1,"value":{"rid":"m"}})");
    core.publish("event.test.c.remove", R"({"idx":0})");
    client.expect_event("test.c.remove", R"({"idx":0})");
    expect_live(core, client, "m");
    core.publish("event.test.c.remove", R"({"idx":0})");
    client.expect_event("test.c.remove", R"({"idx":0})");
    expect_silent(core, client, "m");
    add(0);
    core.expect_no_request();
    client.expect_event("test.c.add", R"({"idx":0,"value":{"rid":"m"},"models":{"m":{"x":1}}})");
}

}  // namespace
}  // namespace resgate::test
