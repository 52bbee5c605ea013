// Resource events as services send them and clients see them (20.11, 30.9), with what is logged.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

/// A payload, the data the client is sent for it (empty: nothing), and the number of records.
struct Row {
    std::string_view event;
    std::string_view payload;
    std::string_view data;
    std::size_t logs;
};

void expect_rows(const std::string& rid, std::initializer_list<Row> rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(std::string(row.event) + " " + std::string(row.payload));
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe." + rid);
        core.publish("event." + rid + "." + std::string(row.event), row.payload);
        if (!row.data.empty())
            client.expect_event(rid + "." + std::string(row.event), row.data);
        client.expect_nothing();
        core.expect_no_request();
        EXPECT_EQ(core.log.take_errors(), row.logs);
        if (row.event != "delete")
            expect_live(core, client, rid);
    }
}

TEST(ResourceEvent, OnAModel) {
    // [SEV-4], [SEV-9] to [SEV-11], [SEV-14], [EVT-4], [EVT-5], [UPD-4], [LOG-1] to [LOG-3],
    // [LOG-5]
    expect_rows(
        "test.model",
        {
            {"change", R"({"values":{"string":"bar","int":-12}})",
             R"({"values":{"string":"bar","int":-12}})", 0},
            {"change", R"({"values":{"int":{"action":"delete"},"string":"foo"}})",
             R"({"values":{"int":{"action":"delete"}}})", 0},
            {"change", R"({"values":{}})", "", 0},
            {"change", " { \"values\" : {\n} } ", "", 0},
            {"change", R"({"values":{"string":"foo"}})", "", 0},
            {"change", R"({"values":{"invalid":{"action":"delete"}}})", "", 0},
            {"change", R"({"values":{"null":{"data":null}}})", "", 0},
            // Invalid ([LOG-3]), or no JSON ([LOG-1]).
            {"change", " [}", "", 1},
            {"change", "", "", 1},
            {"change", "null", "", 1},
            {"change", "42", "", 1},
            {"change", R"("foo")", "", 1},
            {"change", "[]", "", 1},
            {"change", R"({"values":{"a":[1]}})", "", 1},
            {"change", R"({"values":{"a":{}}})", "", 1},
            {"change", R"({"values":{"string":"bar","a":{"rid":"x..y"}}})", "", 1},
            {"change", R"({"values":{"a":{"action":"other"}}})", "", 1},
            // Legacy ([LOG-5]).
            {"change", R"({"string":"bar","int":-12})", R"({"values":{"string":"bar","int":-12}})",
             1},
            {"change", "{}", "", 1},
            {"change", R"({"values":"bar"})", R"({"values":{"values":"bar"}})", 1},
            {"change", R"({"values":null})", R"({"values":{"values":null}})", 1},
            {"change", R"({"values":{"rid":"e.b","soft":true},"faz":42})",
             R"({"values":{"values":{"rid":"e.b","soft":true},"faz":42}})", 1},
            {"change", R"({"values":{"action":"delete"},"faz":42})", R"({"values":{"faz":42}})", 1},
            // Not legacy.
            {"change", R"({"values":{"action":"delete"}})", R"({"values":{"action":"delete"}})", 0},
            {"change", R"({"values":{"rid":"e.b"}})", R"({"values":{"rid":"e.b"}})", 0},
            // [LOG-2]
            {"add", R"({"idx":0,"value":1})", "", 1},
            {"add", "", "", 1},
            {"remove", R"({"idx":0})", "", 1},
            {"add", "broken", "", 1},
        });
}

TEST(ResourceEvent, InALegacyFormWithInvalidValuesIsNotApplied) {  // [SEV-10]
    for (const std::string_view payload :
         {R"({"values":[1]})", R"({"values":{"foo":"bar"},"faz":42})", R"({"a":{"x":1}})"}) {
        SCOPED_TRACE(payload);
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe.test.model");
        core.publish("event.test.model.change", payload);
        client.expect_nothing();
        EXPECT_GE(core.log.take_errors(), 1U);
    }
}

TEST(ResourceEvent, OnACollection) {
    // [SEV-8], [SEV-12], [SEV-13], [SEV-15], [SEV-16], [EVT-7], [EVT-8], [UPD-5], [UPD-6], [LOG-2]
    // to [LOG-4], [Q20-3], [Q30-5]
    expect_rows(
        "test.collection",
        {
            {"add", R"({"idx":0,"value":"bar"})", R"({"idx":0,"value":"bar"})", 0},
            {"add", R"({"idx":4,"value":"bar"})", R"({"idx":4,"value":"bar"})", 0},
            {"add", R"({"value":"bar"})", R"({"idx":0,"value":"bar"})", 0},
            {"add", R"({"idx":null,"value":null,"x":1})", R"({"idx":0,"value":null})", 0},
            {"add", R"({"idx":0,"value":{"data":12}})", R"({"idx":0,"value":12})", 0},
            {"add", R"({"idx":0,"value":{"data":[1]}})", R"({"idx":0,"value":{"data":[1]}})", 0},
            {"add", R"({"idx":1,"value":{"rid":"x","soft":true}})",
             R"({"idx":1,"value":{"rid":"x","soft":true}})", 0},
            {"add", R"({"idx":5,"value":1})", "", 1},
            {"add", R"({"idx":-1,"value":1})", "", 1},
            {"add", R"({"idx":0})", "", 1},
            {"add", R"({"idx":0,"value":{"action":"delete"}})", "", 1},
            {"add", R"({"idx":0,"value":[1]})", "", 1},
            {"add", R"({"idx":1.0,"value":1})", "", 1},
            {"add", R"({"idx":"1","value":1})", "", 1},
            {"add", R"({"idx":99999999999999999999,"value":1})", "", 1},
            {"add", "", "", 1},
            {"add", "null", "", 1},
            {"add", "[]", "", 1},
            {"add", "{", "", 1},
            {"remove", R"({"idx":0})", R"({"idx":0})", 0},
            {"remove", R"({"idx":3})", R"({"idx":3})", 0},
            {"remove", "{}", R"({"idx":0})", 0},
            {"remove", R"({"idx":null})", R"({"idx":0})", 0},
            {"remove", R"({"idx":4})", "", 1},
            {"remove", R"({"idx":-1})", "", 1},
            {"remove", R"({"idx":1.0})", "", 1},
            {"remove", R"({"idx":"0"})", "", 1},
            {"remove", "", "", 1},
            {"remove", "null", "", 1},
            {"remove", "[0]", "", 1},
            {"remove", "{", "", 1},
            {"change", R"({"values":{"a":1}})", "", 1},
            {"change", "", "", 1},
        });
    expect_rows("test.collection.empty",
                {{"remove", R"({"idx":0})", "", 1},
                 {"add", R"({"idx":0,"value":1})", R"({"idx":0,"value":1})", 0}});
}

TEST(ResourceEvent, OfOtherKindsIsForwardedAsItIs) {
    // [EVT-1], [EVT-9], [EVT-10], [EVT-13], [EVT-14], [Q20-4], [SEV-18], [SEV-4], [LOG-1], [UPD-7]
    for (const std::string rid : {"test.model", "test.collection"}) {
        expect_rows(rid, {
                             {"custom", R"({"foo":["bar",{}]})", R"({"foo":["bar",{}]})", 0},
                             {"custom", "", "null", 0},
                             {"custom", "null", "null", 0},
                             {"custom", "42", "42", 0},
                             {"custom", R"("x")", R"("x")", 0},
                             {"custom", "broken", "", 1},
                             {"custom", "{} x", "", 1},
                             {"custom", " ", "", 1},
                             {"create", R"({"a":1})", R"({"a":1})", 0},
                             {"create", "", "null", 0},
                             {"create", "{", "", 1},
                             {"unsubscribe", R"({"reason":{}})", "", 0},
                             {"unsubscribe", "{", "", 1},
                             {"query", "broken", "", 0},  // no query resource
                         });
    }
}

TEST(ResourceEvent, IsForwardedRaw) {  // [EVT-9], [JSN-2], [VAL-5]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    core.publish("event.test.model.custom", R"({"z":1.0,"a":12345678901234567890123,"e":1E5})");
    EXPECT_NE(client.last_text().find(R"("data":{"z":1.0,"a":12345678901234567890123,"e":1E5})"),
              std::string::npos);
    core.publish("event.test.model.change",
                 R"({"values":{"n":1.50,"s":{"rid":"a","soft":true,"x":1}}})");
    EXPECT_NE(client.last_text().find("1.50"), std::string::npos);
    EXPECT_EQ(Json::parse(client.last_text())["data"]["values"]["s"]["x"], 1);
    core.publish("event.test.model.change", R"({"values":{"n":1.5}})");  // [VAL-8]
    EXPECT_EQ(client.waiting(), 3U);
}

TEST(ResourceEvent, DeleteCarriesThePayload) {  // [EVT-11], [EVT-12], [SEV-17], [DEL-3]
    for (const std::string_view payload : {"", "null", R"({"why":1})", "42"}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe.test.model");
        result_of(core, client, "subscribe.test.model");
        core.publish("event.test.model.delete", payload);
        client.expect_event("test.model.delete", payload.empty() ? "null" : payload);
        client.expect_event("test.model.unsubscribe",
                            Json({{"reason", error_object("system.deleted")}}).dump());
        expect_silent(core, client, "test.model");
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    core.publish("event.test.model.delete", "{");  // [SEV-4]
    EXPECT_EQ(core.log.take_errors(), 1U);
    expect_live(core, client, "test.model");
}

TEST(ResourceEvent, WithoutABaseResourceIsNotLookedAt) {  // [SEV-3], [SEV-2], [NRM-4]
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.model");
    core.serve("test.model", R"({"result":{"model":{},"query":"a=1"}})");
    client.next();
    core.publish("event.test.model.change", "broken");
    core.publish("event.test.model.custom", "broken");
    core.publish("event.test.model.custom", "1");
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(ResourceEvent, BeforeTheGetReplyIsDroppedAfterItsSyntaxWasChecked) {  // [SEV-1], [SEV-5]
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    for (const std::string_view event : {"change", "add", "remove", "custom", "create", "delete"}) {
        core.publish("event.test.model." + std::string(event), R"({"nonsense":[{}]})");
        EXPECT_EQ(core.log.take_errors(), 0U);
        core.publish("event.test.model." + std::string(event), "broken");
        EXPECT_EQ(core.log.take_errors(), 1U);
    }
    core.answer("get.test.model", fixture_reply("test.model"));
    EXPECT_EQ(client.next()["result"], fixture_set({"test.model"}));
    expect_live(core, client, "test.model");
}

TEST(ResourceEvent, ReaccessIgnoresItsPayloadAndReachesQueries) {  // [SEV-7], [EVT-13], [Q30-4]
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view query : {"?a=1", "?b=1"}) {
        client.request("subscribe.test.model" + std::string(query));
        core.serve("test.model",
                   Json({{"result", {{"model", Json::object()}, {"query", query}}}}).dump());
        client.next();
    }
    result_of(core, client, "subscribe.test.model");
    core.publish("event.test.model.reaccess", "broken");
    std::set<Json> queries;
    for (int i = 0; i < 3; ++i) {
        const ServiceCall access = core.take("access.test.model");
        queries.insert(access.payload.value("query", ""));
        core.reply(access, granted);
    }
    EXPECT_EQ(queries, (std::set<Json>{"", "a=1", "b=1"}));
    core.expect_no_request();
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(ResourceEvent, InALegacyFormIsLoggedOncePerService) {  // [LOG-5], [SEV-10]
    Core core;
    TestClient& client = core.connect();
    for (const std::string rid : {"test.a", "test.b", "other.a"}) {
        client.request("subscribe." + rid);
        core.serve(rid, model("{}"));
        client.next();
    }
    const std::pair<std::string, std::size_t> steps[] = {
        {"test.a", 1}, {"test.a", 0}, {"test.b", 0}, {"other.a", 1}, {"other.a", 0}};
    for (const auto& [rid, logs] : steps) {
        core.publish("event." + rid + ".change", "{}");
        EXPECT_EQ(core.log.take_errors(), logs);
    }
}

TEST(ResourceEvent, ComesUnderEachRidOfTheClient) {  // [EVT-2], [NRM-5], [EVT-3]
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view rid : {"test.model?a.b=1", "test.model", "test.model?"}) {
        client.request("subscribe." + std::string(rid));
        serve_fixtures(core);
        client.next();
    }
    core.publish("event.test.model.change", R"({"values":{"int":1}})");
    std::set<Json> events;
    for (int i = 0; i < 3; ++i) {
        const Json message = client.next();
        events.insert(message["event"]);
        EXPECT_EQ(message["data"], Json::parse(R"({"values":{"int":1}})"));
    }
    EXPECT_EQ(events, (std::set<Json>{"test.model?a.b=1.change", "test.model.change",
                                      "test.model?.change"}));
    client.expect_nothing();
}

TEST(ResourceEvent, CarriesTheSetOfAllReferencesItAdds) {  // [EVT-4], [EVT-6], [SND-2]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    core.publish(
        "event.test.model.change",
        R"({"values":{"a":{"rid":"test.collection"},"b":{"rid":"test.model.parent"},)"
        R"("c":{"rid":"test.collection"},"d":{"rid":"test.gone"},"e":{"rid":"test.gone"}}})");
    serve_fixtures(core);
    Json set = fixture_set({"test.collection", "test.model.parent"});
    set["errors"] = {{"test.gone", error_object("system.notFound")}};
    Json data = client.next()["data"];
    data.erase("values");
    EXPECT_EQ(data, set);
}

}  // namespace
}  // namespace resgate::test
