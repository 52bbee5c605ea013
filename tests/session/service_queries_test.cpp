// Query events and query requests (30.10).

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

/// Subscribes the rid, with content and normalized query as given.
void subscribe_query(Core& core, TestClient& client, const std::string& rid,
                     std::string_view content, std::string_view query) {
    client.request("subscribe." + rid);
    const std::string_view type = content.starts_with('{') ? "model" : "collection";
    core.serve(rid.substr(0, rid.find('?')),
               Json({{"result", {{type, Json::parse(content)}, {"query", query}}}}).dump());
    EXPECT_TRUE(client.next().contains("result"));
}

/// A client with `test.m?q=a` = {"a":1} and `test.c?q=a` = ["a"].
TestClient& connect_with_queries(Core& core) {
    TestClient& client = core.connect();
    subscribe_query(core, client, "test.m?q=a", R"({"a":1})", "q=a");
    subscribe_query(core, client, "test.c?q=a", R"(["a"])", "q=a");
    return client;
}

ServiceCall query(Core& core, const std::string& name) {
    core.publish("event." + name + ".query", R"({"subject":"_Q"})");
    return core.take("_Q");
}

TEST(QueryEvent, IsIgnoredWithoutAQueryResource) {  // [QRY-1], [QRY-2], S-QEV-5
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    result_of(core, client, "subscribe.test.model?q=a");  // normalizes to none
    for (const std::string_view payload : {"", "broken", R"({"subject":"_Q"})"})
        core.publish("event.test.model.query", payload);
    client.expect_nothing();
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(QueryEvent, NeedsAUsableSubject) {  // S-QEV-6: [QRY-3], [SUBJ-9], [LOG-7], [Q30-3]
    Core core;
    TestClient& client = connect_with_queries(core);
    for (const std::string_view payload :
         {"", "null", "[]", "42", "{}", "{", R"({"subject":BROKEN})", R"({"subject":42})",
          R"({"subject":null})", R"({"subject":""})", R"({"subject":"a b"})",
          R"({"subject":"a\tb"})", R"({"subject":"a\r\nPUB b 0"})", R"({"subject":"a..b"})",
          R"({"subject":".a"})", R"({"subject":"a."})", R"({"subject":"a\u0001"})"}) {
        SCOPED_TRACE(payload);
        core.publish("event.test.m.query", payload);
        EXPECT_EQ(core.log.take_errors(), 1U);
        core.expect_no_request();
    }
    client.expect_nothing();
}

TEST(QueryEvent, OfAPendingQueryIsLoggedWhenMalformedButAsksNothing) {  // [QRY-2], [QRY-4], [QEV-3]
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.m?q=a");
    core.publish("event.test.m.query", "{}");
    EXPECT_EQ(core.log.take_errors(), 1U);
    core.publish("event.test.m.query", R"({"subject":"_Q"})");
    core.serve("test.m", R"({"result":{"model":{},"query":"q=a"}})");
    EXPECT_TRUE(client.next().contains("result"));
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(QueryEvent, SendsOneRequestPerNormalizedQuery) {  // S-QEV-2, S-QEV-3: [QRY-4], [QRY-5]
    Core core;
    TestClient& client = core.connect();
    TestClient& second = core.connect();
    subscribe_query(core, client, "test.m?q=a", "{}", "q=a");
    subscribe_query(core, client, "test.m?q=a&x=1", "{}", "q=a");
    subscribe_query(core, second, "test.m?q=b", "{}", "q=b");
    subscribe_query(core, second, "test.m?none", "{}", "");  // the base resource
    core.publish("event.test.m.query", R"({"subject":"_Q.x","other":1})");
    const std::set<std::string> texts = {core.take("_Q.x").text, core.take("_Q.x").text};
    EXPECT_EQ(texts, (std::set<std::string>{R"({"query":"q=a"})", R"({"query":"q=b"})"}));
    core.expect_no_request();
    client.expect_nothing();
}

TEST(QueryEvent, SharesAChangeAmongSpellings) {  // S-QEV-3: [EVT-2]
    Core core;
    TestClient& client = core.connect();
    subscribe_query(core, client, "test.m?q=a", "{}", "q=a");
    subscribe_query(core, client, "test.m?q=a&x=1", "{}", "q=a");
    core.reply(query(core, "test.m"),
               R"({"result":{"events":[{"event":"change","data":{"values":{"a":1}}}]}})");
    std::set<Json> events = {client.next()["event"], client.next()["event"]};
    EXPECT_EQ(events, (std::set<Json>{"test.m?q=a.change", "test.m?q=a&x=1.change"}));
    client.expect_nothing();
}

TEST(QueryReply, WithoutChangesDoesNothing) {  // S-QEV-1: [QRY-7], [QRY-8]
    Core core;
    TestClient& client = connect_with_queries(core);
    for (const std::string_view reply :
         {R"({"result":{}})", R"({"result":{"events":[]}})", R"({"result":{"events":null}})",
          R"({"result":{"events":[],"model":null,"collection":null,"x":1}})"}) {
        for (const std::string name : {"test.m", "test.c"})
            core.reply(query(core, name), reply);
        client.expect_nothing();
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

TEST(QueryReply, WithEventsAppliesThemInOrder) {  // S-QEV-4: [QRY-9]
    Core core;
    TestClient& client = connect_with_queries(core);
    core.reply(query(core, "test.c"), R"({"result":{"events":[
        {"event":"add","data":{"idx":1,"value":"b"}}, {"event":"remove","data":{"idx":0}},
        {"event":"custom"}, {"event":"custom","data":null}, {"event":"other","data":[1.0],"x":1}]}})");
    client.expect_event("test.c?q=a.add", R"({"idx":1,"value":"b"})");
    client.expect_event("test.c?q=a.remove", R"({"idx":0})");
    client.expect_event("test.c?q=a.custom", "null");
    client.expect_event("test.c?q=a.custom", "null");
    client.expect_event("test.c?q=a.other", "[1.0]");
    client.expect_nothing();
    TestClient& second = core.connect();
    const auto id = second.request("subscribe.test.c?q=a");
    core.answer("access.test.c", granted);
    core.expect_no_request();
    second.expect_result(id, R"({"collections":{"test.c?q=a":["b"]}})");
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(QueryReply, SkipsEntriesThatAreUnusable) {  // [QRY-9], [LOG-8], [LOG-2] to [LOG-4], [Q30-6]
    const std::string_view entries[] = {"null",
                                        "42",
                                        "[]",
                                        R"("change")",
                                        "{}",
                                        R"({"event":null})",
                                        R"({"event":42})",
                                        R"({"event":""})",
                                        R"({"event":"query","data":{"subject":"x"}})",
                                        R"({"data":1})",
                                        R"({"event":"add","data":{"idx":0,"value":1}})",
                                        R"({"event":"change"})",
                                        R"({"event":"change","data":{"values":{"a":[1]}}})"};
    for (const std::string_view entry : entries) {
        SCOPED_TRACE(entry);
        Core core;
        TestClient& client = connect_with_queries(core);
        core.reply(query(core, "test.m"),
                   R"({"result":{"events":[)" + std::string(entry) +
                       R"(,{"event":"change","data":{"values":{"a":2}}}]}})");
        client.expect_event("test.m?q=a.change", R"({"values":{"a":2}})");
        client.expect_nothing();
        core.expect_no_request();
        EXPECT_EQ(core.log.take_errors(), 1U);
    }
}

TEST(QueryReply, MayDemandARecheckOfItsResource) {  // [QRY-9], [REV-1]
    Core core;
    TestClient& client = connect_with_queries(core);
    subscribe_query(core, client, "test.m?q=b", "{}", "q=b");
    core.publish("event.test.m.query", R"({"subject":"_Q"})");
    for (int i = 0; i < 2; ++i) {
        const ServiceCall request = core.take("_Q");
        core.reply(request, request.payload["query"] == "q=a"
                                ? R"({"result":{"events":[{"event":"reaccess"}]}})"
                                : R"({"result":{}})");
    }
    EXPECT_EQ(core.take("access.test.m").payload["query"], "q=a");
    core.expect_no_request();
}

TEST(QueryReply, WithStateProducesTheDifference) {  // S-QEV-8, W-31: [QRY-10]
    Core core;
    TestClient& client = core.connect();
    subscribe_query(core, client, "test.c?q=a", fixture("test.collection"), "q=a");
    subscribe_query(core, client, "test.m?q=a", fixture("test.model"), "q=a");
    core.reply(query(core, "test.c"), collection(R"(["foo","bar",42,true])"));
    client.expect_event("test.c?q=a.remove", R"({"idx":3})");
    client.expect_event("test.c?q=a.add", R"({"idx":1,"value":"bar"})");
    core.reply(query(core, "test.m"), model(R"({"string":"bar","int":-12,"bool":true})"));
    client.expect_event("test.m?q=a.change",
                        R"({"values":{"string":"bar","int":-12,"null":{"action":"delete"}}})");
    core.reply(query(core, "test.m"), model(R"({"string":"bar","int":-12,"bool":true})"));
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(QueryReply, ThatIsInvalidChangesNothing) {  // S-QEV-9, S-QEV-11: [QRY-7], [QRY-10], [QRY-11]
    const std::string change = R"([{"event":"change","data":{"values":{"a":2}}}])";
    const std::string both[] = {
        "",
        "42",
        "{}",
        R"({"broken":JSON})",
        R"({"result":null})",
        R"({"result":[]})",
        R"({"result":{"events":"foo"}})",
        R"({"result":{"model":{},"events":[]}})",
        R"({"result":{"collection":[],"events":[]}})",
        R"({"result":{"model":{"s":"b"},"events":)" + change + "}}",
        R"({"result":{"collection":["a"],"events":)" + change + "}}",
        R"({"result":{"model":[]}})",
        R"({"result":{"collection":{}}})",
        R"({"result":{"model":{},"collection":[]}})",
        R"({"result":{"model":{"a":[1]}}})",
        R"({"result":{"collection":[[1]]}})",
        R"({"result":{"model":{"a":{"action":"delete"}}}})",
        R"({"error":[]})",
        R"({"error":{"code":"system.internalError","message":"Internal error"}})"};
    const auto expect_unchanged = [](const std::string& name, const std::string& reply) {
        SCOPED_TRACE(name + " " + reply);
        Core core;
        TestClient& client = connect_with_queries(core);
        core.reply(query(core, name), reply);
        client.expect_nothing();
        EXPECT_EQ(core.log.take_errors(), 1U);  // [LOG-8]
        query(core, name);                      // still taking part
    };
    for (const std::string name : {"test.m", "test.c"}) {
        for (const std::string& reply : both)
            expect_unchanged(name, reply);
    }
    expect_unchanged("test.m", collection("[]"));
    expect_unchanged("test.c", model("{}"));
}

TEST(QueryReply, OfNotFoundDeletes) {  // S-QEV-10, W-32: [QRY-11], [DEL-1]
    Core core;
    TestClient& client = connect_with_queries(core);
    core.reply(query(core, "test.m"), not_found);
    client.expect_event("test.m?q=a.delete", "null");
    client.expect_event("test.m?q=a.unsubscribe",
                        Json({{"reason", error_object("system.deleted")}}).dump());
    core.publish("event.test.m.query", R"({"subject":"_Q"})");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(QueryReply, ThatNeverComesChangesNothing) {  // [QRY-6], [QRY-12], [QEV-2], [Q30-7]
    Core core;
    TestClient& client = connect_with_queries(core);
    query(core, "test.m");
    core.advance(std::chrono::seconds(3));
    core.reply_no_responders(query(core, "test.m"));
    core.publish("event.test.m.query", R"({"subject":")" + std::string(5000, 'x') + R"("})");
    core.settle();
    core.expect_no_request();
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
    query(core, "test.m");  // the lock is over
}

TEST(QueryReply, AfterADeleteHasNoFurtherEffect) {  // S-QEV-12: [QRY-9], [DEL-2]
    Core core;
    TestClient& client = connect_with_queries(core);
    core.reply(query(core, "test.m"), R"({"result":{"events":[{"event":"delete","data":{"w":1}},
        {"event":"change","data":{"values":{"a":2}}},{"event":"query"},{"event":"custom"}]}})");
    client.expect_event("test.m?q=a.delete", R"({"w":1})");
    EXPECT_EQ(client.next()["event"], "test.m?q=a.unsubscribe");
    client.expect_nothing();
    core.publish("event.test.m.query", R"({"subject":"_Q"})");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(QueryResource, IsNotConcernedByOrdinaryEvents) {  // [SEV-2], S-QSB-3
    Core core;
    TestClient& client = connect_with_queries(core);
    expect_silent(core, client, "test.m");
    core.publish("event.test.m.change", "broken");
    core.publish("event.test.m.delete");
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

}  // namespace
}  // namespace resgate::test
