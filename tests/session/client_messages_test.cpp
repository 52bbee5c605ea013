// Framing, request parsing and responses (20.1, 20.2, 20.12); S-INV-1, W-38.

#include <string>
#include <utility>
#include <vector>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

TEST(ClientMessages,
     AreIgnoredWhenTheyAreNoRequests) {  // [CLI-3], [JSN-1], [JSN-3], [JSN-7], [Q10-3]
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view text : {
             "",
             " ",
             "not json",
             "{",
             R"({"id":1,"method":"version"} x)",
             R"({"id":1,"method":"version"}{})",
             "null",
             "true",
             "42",
             R"("version")",
             "[]",
             R"([{"id":1,"method":"version"}])",
             "{}",
             R"({"method":"version"})",
             R"({"id":null,"method":"version"})",
             R"({"id":"1","method":"version"})",
             R"({"id":-1,"method":"version"})",
             R"({"id":1.0,"method":"version"})",
             R"({"id":1e2,"method":"version"})",
             R"({"id":18446744073709551616,"method":"version"})",
             R"({"id":true,"method":"version"})",
             R"({"id":{},"method":"version"})",
             R"({"id":1,"method":42})",
             R"({"id":1,"method":{}})",
             R"({"id":1,"method":["version"]})",
             R"({"ID":1,"method":"version"})",
         }) {
        SCOPED_TRACE(text);
        client.say(text);
        client.expect_nothing();
    }
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);                                       // 10.10
    client.expect_result(client.request("version"), R"({"protocol":"1.2.3"})");  // still connected
}

TEST(ClientMessages, EchoTheIdOfTheRequest) {  // [CLI-1], [CLI-2], [RSP-1], [JSN-8]
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view id : {"0", "1", "9007199254740993", "18446744073709551615"}) {
        client.say(R"({"id":)" + std::string(id) + R"(,"method":"version"})");
        EXPECT_NE(client.last_text().find(R"("id":)" + std::string(id) + "}"), std::string::npos)
            << client.last_text();
        client.next();
    }
}

TEST(ClientMessages, MayRepeatAnIdAndCarryUnknownMembers) {  // [CLI-4], [CLI-5], [JSN-5]
    Core core;
    TestClient& client = core.connect();
    for (int i = 0; i < 2; ++i) {
        client.say(R"( {"jsonrpc":"2.0","method":"version","foo":[1,{}],"id":7} )");
        client.expect(R"({"result":{"protocol":"1.2.3"},"id":7})");
    }
    client.say("\t\r\n{\"id\":1,\"id\":2,\"method\":\"version\"}\n");
    client.expect(R"({"result":{"protocol":"1.2.3"},"id":2})");
    client.expect_nothing();
}

TEST(ClientMessages, AreRefusedWhenTheMethodIsInvalid) {  // [CLI-6], [RID-4], [RID-5], S-INV-1
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view method : {
             "",
             "test",
             "new",
             "get",
             "call",
             "subscribe",
             "unknown.test",
             "call.test",
             "call.test.methöd",
             "call.test?foo",
             "call.test.method?foo",
             "call.test.",
             "auth.test",
             "auth.test.",
             "subscribe..test.model",
             "subscribe.test..model",
             "subscribe.test.model.",
             ".subscribe.test.model",
             "subscribe?foo=bar",
             "subscribe.test\tmodel",
             "subscribe.test\nmodel",
             "subscribe.test\rmodel",
             "subscribe.test model",
             "subscribe.test\ufffdmodel",
             "subscribe.täst.model",
             "subscribe.test.*.model",
             "subscribe.test.>.model",
             "subscribe.test.model.>",
             "subscribe.?foo=bar",
             "subscribe.test.?foo",
             "unsubscribe.test..model",
             "get.",
             "new.test..model",
             "version.foo",
             "version.",
             "version?",
             "Version",
             "Subscribe.test",
         }) {
        SCOPED_TRACE(method);
        client.say(Json({{"id", 3}, {"method", method}}).dump());
        client.expect(
            R"({"error":{"code":"system.invalidRequest","message":"Invalid request"},"id":3})");
    }
    for (const std::string_view text : {R"({"id":3})", R"({"id":3,"method":null})"}) {  // [CLI-2]
        client.say(text);
        client.expect(
            R"({"error":{"code":"system.invalidRequest","message":"Invalid request"},"id":3})");
    }
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(ClientMessages, SplitTheMethodNameOfACallAtTheLastDot) {  // [CLI-6]
    Core core;
    TestClient& client = core.connect();
    client.request("call.lib.books?max=1.5.find");
    EXPECT_EQ(core.take("access.lib.books").payload["query"], "max=1.5");
    client.request("auth.lib.books?max=1.5&x=*.>.find");  // [RID-3]
    EXPECT_EQ(core.take("auth.lib.books.find").payload["query"], "max=1.5&x=*.>");
    core.expect_no_request();
}

TEST(ClientMessages, MayUseAnyPrintableCharacterInNames) {  // [RID-2], [RID-3]
    for (const std::string_view rid :
         {"test", "test.model._foo_", "test.model.<foo", "test.model.23", "a.$b.{c}.\"/\\-",
          "test.model.23?", "test.model.23?foo=test.bar", "test.model.23?foo=*&?", "a?ö \t."}) {
        SCOPED_TRACE(rid);
        Core core;
        TestClient& client = core.connect();
        const std::string name(rid.substr(0, rid.find('?')));
        const auto id = client.request("subscribe." + std::string(rid));
        core.serve(name, model("{}"));
        client.expect_result(id, Json({{"models", {{rid, Json::object()}}}}).dump());
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

// [CLI-5], [ORD-1], [WS-54]
TEST(ClientMessages, AreAnsweredOnceInWhateverOrderTheServicesAnswer) {
    Core core;
    TestClient& client = core.connect();
    const auto first = client.request("auth.test.a.x");
    const auto second = client.request("auth.test.b.x");
    EXPECT_EQ(core.pending_subjects(),
              (std::vector<std::string>{"auth.test.a.x", "auth.test.b.x"}));
    core.answer("auth.test.b.x", R"({"result":2})");
    client.expect_result(second, R"({"payload":2})");
    core.answer("auth.test.a.x", R"({"result":1})");
    client.expect_result(first, R"({"payload":1})");
    client.expect_nothing();
}

TEST(ClientMessages, PassParamsOnAsWritten) {  // [CLI-2], [JSN-2], [REQ-4], [CCL-2], [WS-55]
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view params :
         {R"({"z":1.0,"a":12345678901234567890123,"e":1e3,"s":"\u00e5<"})", "[]", "null", "0",
          R"("x")", "false"}) {
        client.request("auth.test.a.x", std::string(params));
        const ServiceCall call = core.take("auth.test.a.x");
        EXPECT_NE(call.text.find(R"("params":)" + std::string(params)), std::string::npos)
            << call.text;
    }
}

TEST(ClientMessages, GetAtLeast512LevelsOfNestingThrough) {  // [JSN-9]
    Core core;
    TestClient& client = core.connect();
    const std::string deep = std::string(500, '[') + std::string(500, ']');
    const auto id = client.request("auth.test.a.x", deep);
    core.answer("auth.test.a.x", R"({"result":)" + deep + "}");
    client.expect_result(id, R"({"payload":)" + deep + "}");
}

TEST(ClientMessages, AreAllAnsweredHoweverManyWaitUnread) {  // [CLI-7]
    Core core;
    TestClient& lazy = core.connect();
    TestClient& other = core.connect();
    result_of(core, lazy, "subscribe.test.model");
    result_of(core, other, "subscribe.test.model");
    for (int i = 0; i < 1000; ++i) {
        core.publish("event.test.model.custom", std::to_string(i));
        other.expect_event("test.model.custom", std::to_string(i));
    }
    EXPECT_EQ(lazy.waiting(), 1000U);  // none is dropped
    lazy.expect_event("test.model.custom", "0");
}

TEST(ClientMessages, LeaveNothingBehindWhenTheClientGoes) {  // [DIS-2], [DIS-3]
    Core core;
    TestClient& client = core.connect();
    const std::string cid = client.cid();
    client.request("subscribe.test.model");
    client.request("call.test.model.x");
    client.request("auth.test.model.x");
    const ServiceCall access = core.take("access.test.model");
    const ServiceCall get = core.take("get.test.model");
    const ServiceCall auth = core.take("auth.test.model.x");
    client.disconnect();
    core.reply(access, full);
    core.reply(get, fixture_reply("test.model"));
    core.reply(auth, R"({"result":null})");
    core.publish("conn." + cid + ".token", "broken");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
    TestClient& again = core.connect();
    EXPECT_NE(again.cid(), cid);
    expect_silent(core, again, "test.model");
}

}  // namespace
}  // namespace resgate::test
