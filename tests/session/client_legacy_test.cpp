// Clients of older protocol versions (20.13): S-LEG-*, S-CALL-8, W-24.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

TEST(LegacyClient, GetsSubstitutesBelow121) {  // 20.13 table: [LEG-3], [SET-6], [VAL-5]

    struct Row {
        std::string_view service;
        std::string_view old_client;
        std::string_view new_client;
    };

    const Row rows[] = {
        {R"({"rid":"test.x","soft":true})", R"("test.x")", R"({"rid":"test.x","soft":true})"},
        {R"({"rid":"test.x?q=\"1\"","soft":true,"n":1})", R"("test.x?q=\"1\"")",
         R"({"rid":"test.x?q=\"1\"","soft":true,"n":1})"},
        {R"({"data":12})", "12", "12"},
        {R"({"data":null})", "null", "null"},
        {R"({"data":{"foo":["bar"]}})", R"("[Data]")", R"({"data":{"foo":["bar"]}})"},
        {R"({"data":[{"foo":"bar"}]})", R"("[Data]")", R"({"data":[{"foo":"bar"}]})"},
        {R"({"data":{}})", R"("[Data]")", R"({"data":{}})"},
        {R"({"rid":"test.err"})", R"({"rid":"test.err"})", R"({"rid":"test.err"})"},
        {R"({"rid":"test.err","soft":false,"n":1})", R"({"rid":"test.err","soft":false,"n":1})",
         R"({"rid":"test.err","soft":false,"n":1})"},
        {R"("test.x")", R"("test.x")", R"("test.x")"},
    };
    for (const std::string version : {"", "1.1.1", "1.2.0", "1.2.1", "1.2.3"}) {
        for (const Row& row : rows) {
            SCOPED_TRACE(version + " " + std::string(row.service));
            const bool is_old = version < "1.2.1";
            const Json expected = Json::parse(is_old ? row.old_client : row.new_client);
            const std::string value(row.service);
            Core core;
            TestClient& client = core.connect(version);
            const auto serve = [&] {
                for (const std::string& subject : core.pending_subjects())
                    core.answer(subject, subject.starts_with("get.") ? not_found : granted);
            };

            client.request("subscribe.test.a");
            core.serve("test.a", model(R"({"v":)" + value + "}"));
            serve();
            EXPECT_EQ(client.next()["result"]["models"]["test.a"]["v"], expected);

            client.request("subscribe.test.b");
            core.serve("test.b", collection("[" + value + "]"));
            serve();
            EXPECT_EQ(client.next()["result"]["collections"]["test.b"], Json::array({expected}));

            core.publish("event.test.a.change", R"({"values":{"w":)" + value + "}}");
            EXPECT_EQ(client.next()["data"]["values"]["w"], expected);
            core.publish("event.test.b.add", R"({"idx":1,"value":)" + value + "}");
            EXPECT_EQ(client.next()["data"]["value"], expected);
            core.publish("event.test.a.change", R"({"values":{"w":{"action":"delete"}}})");
            client.expect_event("test.a.change", R"({"values":{"w":{"action":"delete"}}})");
            core.publish("event.test.b.remove", R"({"idx":1})");
            client.expect_event("test.b.remove", R"({"idx":1})");
        }
    }
}

TEST(LegacyClient, SeesSoftReferencesAndDataInSets) {  // S-LEG-1
    const Json soft_model = Json::parse(R"({"name":"soft","child":"test.model"})");
    const Json data_model =
        Json::parse(R"({"name":"data","primitive":12,"object":"[Data]","array":"[Data]"})");
    const Json soft_list = Json::parse(R"(["soft","test.collection"])");
    const Json data_list = Json::parse(R"(["data",12,"[Data]","[Data]"])");
    const auto both = [](Json set, const std::string& name, const Json& content) {
        set[content.is_object() ? "models" : "collections"][name] = content;
        return set;
    };
    const std::pair<std::string, Json> rows[] = {
        {"test.model.soft", both({}, "test.model.soft", soft_model)},
        {"test.model.soft.parent",
         both(fixture_set({"test.model.soft.parent"}), "test.model.soft", soft_model)},
        {"test.model.data", both({}, "test.model.data", data_model)},
        {"test.model.data.parent",
         both(fixture_set({"test.model.data.parent"}), "test.model.data", data_model)},
        {"test.collection.soft", both({}, "test.collection.soft", soft_list)},
        {"test.collection.soft.parent",
         both(fixture_set({"test.collection.soft.parent"}), "test.collection.soft", soft_list)},
        {"test.collection.data", both({}, "test.collection.data", data_list)},
        {"test.collection.data.parent",
         both(fixture_set({"test.collection.data.parent"}), "test.collection.data", data_list)},
    };
    for (const auto& [rid, set] : rows) {
        SCOPED_TRACE(rid);
        Core core;
        TestClient& client = core.connect("1.2.0");
        EXPECT_EQ(result_of(core, client, "subscribe." + rid), set);
        EXPECT_FALSE(core.event_subscriptions().contains("event.test.model.*"));
        EXPECT_FALSE(core.event_subscriptions().contains("event.test.collection.*"));
        TestClient& modern = core.connect();  // the cached state is the real one
        EXPECT_EQ(result_of(core, modern, "subscribe." + rid)["models"].dump().find("[Data]"),
                  std::string::npos);
    }
}

TEST(LegacyClient, GetsSubstitutesInEvents) {  // S-LEG-2
    Core core;
    TestClient& client = core.connect("1.2.0");
    result_of(core, client, "subscribe.test.model.soft");
    const std::string change = "event.test.model.soft.change";
    core.publish(change, R"({"values":{"child":{"rid":"test.model","soft":true}}})");
    client.expect_nothing();  // equal
    core.publish(change, R"({"values":{"child":"test.model"}})");
    client.expect_event("test.model.soft.change", R"({"values":{"child":"test.model"}})");  // not
    core.publish(change, R"({"values":{"child":{"rid":"test.y","soft":true}}})");
    client.expect_event("test.model.soft.change", R"({"values":{"child":"test.y"}})");
    core.publish(change, R"({"values":{"child":null}})");
    client.expect_event("test.model.soft.change", R"({"values":{"child":null}})");
    core.publish(change, R"({"values":{"child":{"rid":"test.model"}}})");
    core.answer("get.test.model", fixture_reply("test.model"));
    EXPECT_EQ(client.next()["data"]["models"], fixture_set({"test.model"})["models"]);
    core.publish(change, R"({"values":{"child":{"rid":"test.model","soft":true}}})");
    client.expect_event("test.model.soft.change", R"({"values":{"child":"test.model"}})");
    expect_silent(core, client, "test.model");
    client.request("unsubscribe.test.model.soft");
    client.next();
    EXPECT_EQ(result_of(core, client, "subscribe.test.model.soft")["models"]["test.model.soft"],
              Json::parse(R"({"name":"soft","child":"test.model"})"));
    core.publish(change, R"({"values":{"child":{"action":"delete"}}})");
    client.expect_event("test.model.soft.change", R"({"values":{"child":{"action":"delete"}}})");

    result_of(core, client, "subscribe.test.collection");
    core.publish("event.test.collection.add",
                 R"({"idx":0,"value":{"rid":"test.collection.soft","soft":true}})");
    client.expect_event("test.collection.add", R"({"idx":0,"value":"test.collection.soft"})");
    core.publish("event.test.collection.remove", R"({"idx":0})");
    client.expect_event("test.collection.remove", R"({"idx":0})");
    core.expect_no_request();
}

TEST(LegacyClient, GetsEventsBesideAModernOne) {  // [LEG-3], [CVE-7]
    Core core;
    TestClient& old = core.connect("");
    TestClient& modern = core.connect();
    result_of(core, old, "subscribe.test.model");
    result_of(core, modern, "subscribe.test.model");
    core.publish("event.test.model.change", R"({"values":{"d":{"data":[1]}}})");
    old.expect_event("test.model.change", R"({"values":{"d":"[Data]"}})");
    modern.expect_event("test.model.change", R"({"values":{"d":{"data":[1]}}})");
}

TEST(LegacyClient, GetsResultsOfCallsUnwrapped) {  // S-CALL-8: [LEG-1], [RSP-4], [CAU-1]
    const std::pair<std::string_view, std::string_view> rows[] = {
        {R"({"result":{"foo":"bar"}})", R"({"foo":"bar"})"},
        {R"({"result":{"rid":"test.model"}})", R"({"rid":"test.model"})"},
        {R"({"result":null})", "null"},
        {R"({"result":[1.0]})", "[1.0]"},
        {R"({"resource":{"rid":"test.model"}})", R"({"rid":"test.model"})"},
        {R"({"resource":{"rid":"test.{cid}","x":1}})", R"({"rid":"test.{cid}"})"},
        {R"({"resource":"test.model"})", ""},
        {R"({"resource":{}})", ""},
        {R"({"resource":{"rid":42}})", ""},
        {R"({"resource":{"rid":"test..model"}})", ""},
    };
    for (const std::string version : {"", "1.1.999"}) {
        for (const std::string type : {"call", "auth"}) {
            for (const auto& [reply, result] : rows) {
                SCOPED_TRACE(reply);
                Core core;
                TestClient& client = core.connect(version);
                const auto id = client.request(type + ".test.x.method");
                if (type == "call")
                    core.answer("access.test.x", full);
                core.answer(type + ".test.x.method", reply);
                if (result.empty())
                    client.expect_error(id, "system.internalError");
                else
                    client.expect_result(id, result);
                core.expect_no_request();
                EXPECT_EQ(client.session().subscription_count(), 0U);
            }
        }
    }
}

TEST(LegacyClient, SubscribesWithNew) {  // [LEG-2], [CNW-2]
    for (const std::string_view reply :
         {R"({"result":{"rid":"test.model"}})", R"({"resource":{"rid":"test.model"}})"}) {
        Core core;
        TestClient& client = core.connect("");
        const auto id = client.request("new.test.x");
        core.answer("access.test.x", full);
        core.answer("call.test.x.new", reply);
        core.serve("test.model", fixture_reply("test.model"));
        Json expected = fixture_set({"test.model"});
        expected["rid"] = "test.model";
        client.expect_result(id, expected.dump());
        expect_live(core, client, "test.model");
    }
}

TEST(LegacyClient, DoesNotSubscribeWithACallOfNew) {  // [LEG-2], [NWR-1], [LOG-6]
    Core core;
    TestClient& client = core.connect("");
    const auto id = client.request("call.test.x.new");
    core.answer("access.test.x", full);
    core.answer("call.test.x.new", R"({"result":{"rid":"test.model"}})");
    client.expect_result(id, R"({"rid":"test.model"})");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 1U);
}

TEST(LegacyClient, KeepsToTheVersionOfTheMomentOfTheAnswer) {  // [VER-3], [CVE-7]
    Core core;
    TestClient& client = core.connect("");
    const auto call = client.request("auth.test.x.method");
    client.request("version", R"({"protocol":"1.2.3"})");
    client.next();
    core.answer("auth.test.x.method", R"({"result":1})");
    client.expect_result(call, R"({"payload":1})");
}

}  // namespace
}  // namespace resgate::test
