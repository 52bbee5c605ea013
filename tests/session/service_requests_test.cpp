// Subjects, requests, timeouts and pre-responses (30.2, 30.3, 30.5).

#include <chrono>
#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

using std::chrono::milliseconds;

TEST(ServiceRequest, CarriesExactlyTheMembersOfItsKind) {  // [REQ-2] to [REQ-5], [REQ-7], [SUBJ-5]
    Core core;
    TestClient& client = core.connect();
    const std::string cid = client.cid();
    client.request("subscribe.lib.books?q=x&{cid}");
    EXPECT_EQ(core.take("get.lib.books").payload, Json({{"query", "q=x&" + cid}}));
    EXPECT_EQ(core.take("access.lib.books").payload,
              Json({{"token", nullptr}, {"query", "q=x&" + cid}, {"cid", cid}}));
    client.request("subscribe.lib.books?");  // an empty query is none
    EXPECT_EQ(core.take("access.lib.books").payload, Json({{"token", nullptr}, {"cid", cid}}));
    EXPECT_EQ(core.take("get.lib.books").text, "{}");
    client.request("call.lib.shelf?a=1.set", "[1]");
    EXPECT_EQ(core.take("access.lib.shelf").payload,
              Json({{"token", nullptr}, {"query", "a=1"}, {"cid", cid}}));
    client.request("auth.lib.shelf?a=1.open", "[1]");
    const Json auth = core.take("auth.lib.shelf.open").payload;
    EXPECT_EQ(auth["query"], "a=1");
    EXPECT_EQ(auth.size(), 8U) << auth;
    core.expect_no_request();
}

TEST(ServiceRequest, HasAFreshReplySubject) {  // [REQ-1], [DEC-12]
    Core core;
    TestClient& client = core.connect();
    std::set<std::string> subjects;
    for (int i = 0; i < 100; ++i) {
        client.request("auth.test.x.y");
        subjects.insert(core.take("auth.test.x.y").reply_subject);
    }
    EXPECT_EQ(subjects.size(), 100U);
    core.advance(std::chrono::seconds(10));
    core.expect_no_request();  // never retried
}

TEST(ServiceRequest, LargerThanTheServerTakesFails) {  // [REQ-8], [REQ-9], [Q30-9]
    Core core;
    TestClient& client = core.connect();
    const std::string large = '"' + std::string(Core::max_payload, 'x') + '"';
    const auto id = client.request("auth.test.x.y", large);
    core.settle();
    client.expect_error(id, "system.internalError");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(ServiceRequest, WithATooLongSubjectFails) {  // S-SUB-11: [SUBJ-6] to [SUBJ-8], [Q30-2]
    Core core;
    TestClient& client = core.connect();
    const std::string rid = "test." + std::string(10000, 'a');
    for (const std::string_view type : {"subscribe", "get"}) {
        const auto id = client.request(std::string(type) + "." + rid);
        core.settle();
        client.expect(Json({{"error", error_object("system.subjectTooLong")}, {"id", id}}).dump());
        client.expect_nothing();
    }
    core.expect_no_request();
    EXPECT_EQ(core.hub().entry_count(), 0U);
    EXPECT_EQ(client.session().subscription_count(), 0U);
    const std::string query(10000, 'q');
    const auto id = client.request("subscribe.test.model?" + query);
    core.serve("test.model", fixture_reply("test.model"));
    EXPECT_EQ(client.next()["id"], id);
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(ServiceRequest, WithATooLongReferencedNameFailsThatReference) {  // [SUBJ-6], [SET-4]
    Core core;
    TestClient& client = core.connect();
    const std::string rid = "test." + std::string(10000, 'a');
    client.request("subscribe.test.x");
    core.serve("test.x", Json({{"result", {{"model", {{"r", {{"rid", rid}}}}}}}}).dump());
    core.settle();
    core.expect_no_request();
    EXPECT_EQ(client.next()["result"]["errors"][rid], error_object("system.subjectTooLong"));
}

TEST(ServiceRequest, AcceptsSubjectsOf3900Bytes) {  // [SUBJ-8]
    Core core;
    TestClient& client = core.connect();
    const std::string name(3900 - std::string("access.").size(), 'a');
    const auto id = client.request("subscribe." + name);
    core.serve(name, model("{}"));
    client.expect_result(id, Json({{"models", {{name, Json::object()}}}}).dump());
}

TEST(EventSubscription, IsMadeOncePerNameBeforeTheGet) {  // [SUBJ-1], [SUBJ-2], [SUBJ-4], [ENT-2]
    Core core;
    TestClient& client = core.connect();
    TestClient& second = core.connect();
    client.request("call.test.model.x");
    client.request("auth.test.model.x");
    EXPECT_TRUE(core.event_subscriptions().empty());
    client.request("get.test.model?a=1");
    client.request("subscribe.test.model");
    second.request("subscribe.test.model?b={cid}");
    second.request("subscribe.test.{cid}");
    EXPECT_EQ(core.event_subscriptions(),
              (std::set<std::string>{"event.test.model.*", "event.test." + second.cid() + ".*"}));
    client.disconnect();
    second.disconnect();
    core.advance(std::chrono::seconds(3));  // the requests time out
    core.advance(std::chrono::seconds(5));
    EXPECT_TRUE(core.event_subscriptions().empty());
    EXPECT_EQ(core.hub().entry_count(), 0U);
    EXPECT_EQ(core.hub().use_count(), 0U);
}

TEST(EventSubscription, DoesNotSeeEventsWithADot) {  // [SUBJ-3]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    core.publish("event.test.model.custom.sub", "1");
    client.expect_nothing();
}

TEST(Timeout, ComesAfterTheConfiguredTime) {  // [TMO-1], [TMO-2]
    Core::Options options;
    options.settings.request_timeout = milliseconds(500);
    Core core(options);
    TestClient& client = core.connect();
    const auto id = client.request("auth.test.x.y");
    const ServiceCall call = core.take("auth.test.x.y");
    core.advance(milliseconds(499));
    client.expect_nothing();
    core.advance(milliseconds(1));
    client.expect(Json({{"error", error_object("system.timeout")}, {"id", id}}).dump());
    core.reply(call, R"({"result":1})");
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(PreResponse, MovesTheDeadline) {  // [RPL-1], [TMO-3], [TMO-4]
    const std::pair<std::string_view, int> rows[] = {
        {R"(timeout:"15000")", 15000},
        {R"(timeout:"200")", 200},
        {R"(foo:"x" timeout:"200")", 200},
        {R"(timeout:"200" foo:"x")", 200},
        {R"(timeout:"200" and so on)", 200},
        {R"(timeout:"7200000")", 3600000},
        {R"(timeout:"99999999999999999999")", 3600000},
    };
    for (const auto& [text, duration] : rows) {
        SCOPED_TRACE(text);
        for (const std::string_view kind : {"auth.test.x.y", "get.test.x", "access.test.x"}) {
            Core core;
            TestClient& client = core.connect();
            const auto id =
                client.request(kind.starts_with("auth") ? std::string(kind) : "subscribe.test.x");
            const ServiceCall call = core.take(kind);
            if (!kind.starts_with("auth"))
                core.answer(kind.starts_with("get") ? "access.test.x" : "get.test.x",
                            kind.starts_with("get") ? std::string(granted) : model("{}"));
            core.advance(milliseconds(100));
            core.reply(call, text);
            core.advance(milliseconds(duration - 1));
            client.expect_nothing();
            core.advance(milliseconds(1));
            client.expect_error(id, "system.timeout");
        }
    }
}

TEST(PreResponse, OfNoTimeFailsAtOnce) {  // [TMO-4]
    for (const std::string_view text : {R"(timeout:"0")", R"(timeout:"-5")"}) {
        Core core;
        TestClient& client = core.connect();
        const auto id = client.request("auth.test.x.y");
        core.reply(core.take("auth.test.x.y"), text);
        core.settle();
        client.expect_error(id, "system.timeout");
    }
}

TEST(PreResponse, ThatDoesNotParseChangesNothing) {  // [TMO-5], [RPL-1]
    for (const std::string_view text :
         {"timeout:200", R"(timeout: "200")", R"(timeout:"abc")", R"(TIMEOUT:"100")", "null",
          "true", "false", "x", R"(timeout:"200)", "timeout", R"(timeout:"")"}) {
        SCOPED_TRACE(text);
        Core core;
        TestClient& client = core.connect();
        const auto id = client.request("auth.test.x.y");
        const ServiceCall call = core.take("auth.test.x.y");
        core.advance(milliseconds(1000));
        core.reply(call, text);
        core.advance(milliseconds(1999));
        client.expect_nothing();
        core.reply(call, R"({"result":1})");
        client.expect_result(id, R"({"payload":1})");
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

TEST(PreResponse, MayComeAgain) {  // [TMO-4], [RPL-2]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("auth.test.x.y");
    const ServiceCall call = core.take("auth.test.x.y");
    for (int i = 0; i < 5; ++i) {
        core.reply(call, R"(timeout:"2000")");
        core.advance(milliseconds(1999));
    }
    client.expect_nothing();
    core.reply(call, R"({"result":1})");
    core.reply(call, R"({"result":2})");  // [RPL-2]
    client.expect_result(id, R"({"payload":1})");
    client.expect_nothing();
}

TEST(Reply, WithWhitespaceInFrontIsNoPreResponse) {  // [RPL-1]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("auth.test.x.y");
    core.reply(core.take("auth.test.x.y"), R"( timeout:"200")");
    client.expect_error(id, "system.internalError");
}

TEST(Reply, OfNobodyIsNotFound) {  // [RPL-3], W-36
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view request : {"auth.test.x.y", "call.test.x.y"}) {
        const auto id = client.request(request);
        if (request.starts_with("call"))
            core.answer("access.test.x", full);
        core.reply_no_responders(core.take(request));
        client.expect(Json({{"error", error_object("system.notFound")}, {"id", id}}).dump());
    }
    EXPECT_EQ(core.log.take_errors(), 0U);
}

}  // namespace
}  // namespace resgate::test
