// system.tokenReset (30.12): S-TRS-*, W-35.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

void give_token(Core& core, const TestClient& client, std::string_view payload) {
    core.publish("conn." + client.cid() + ".token", payload);
}

TEST(TokenReset, ConcernsOnlyConnectionsWithOneOfTheIds) {  // S-TRS-1: [SYS-9], [COE-3]
    Core core;
    const std::string_view tokens[] = {"",
                                       R"({"token":1})",
                                       R"({"token":1,"tid":"other"})",
                                       R"({"token":1,"tid":""})",
                                       R"({"token":1,"tid":null})",
                                       R"({"token":1,"tid":"foo2"})"};
    for (const std::string_view token : tokens) {
        TestClient& client = core.connect();
        if (!token.empty())
            give_token(core, client, token);
    }
    TestClient& cleared = core.connect();
    give_token(core, cleared, R"({"token":1,"tid":"foo"})");
    give_token(core, cleared, R"({"token":1})");
    core.publish("system.tokenReset", R"({"tids":["foo","","bar"],"subject":"token.renew"})");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(TokenReset, SendsOneAuthRequestToTheSubject) {  // S-TRS-2, W-35: [SYS-7], [SYS-9], [REQ-2]
    Core core;
    TestClient& client = core.connect();
    TestClient& second = core.connect();
    result_of(core, client, "subscribe.test.model");
    give_token(core, client, R"({"token":{"user":"foo"},"tid":"foo"})");
    give_token(core, second, R"({"tid":"bar"})");
    core.publish("system.tokenReset", R"({"tids":["bar","foo","foo"],"subject":"token.renew"})");
    Json payloads = {core.take("token.renew").payload, core.take("token.renew").payload};
    core.expect_no_request();
    if (payloads[0]["cid"] != client.cid())
        std::swap(payloads[0], payloads[1]);
    Json expected = {{"token", {{"user", "foo"}}},        {"cid", client.cid()},
                     {"header", {{"User-Agent", {"x"}}}}, {"host", "h:8080"},
                     {"remoteAddr", "10.0.0.9:5123"},     {"uri", "/"}};
    EXPECT_EQ(payloads[0], expected);
    expected["cid"] = second.cid();
    expected["token"] = nullptr;
    EXPECT_EQ(payloads[1], expected);
    give_token(core, client, R"({"token":{"user":"foo","v":2},"tid":"foo"})");  // [SYS-12]
    core.answer("access.test.model", granted);
    core.expect_no_request();
}

TEST(TokenReset, IsLoggedWhenMalformed) {  // S-TRS-3: [SYS-8], [LOG-12], [SUBJ-9]
    Core core;
    TestClient& client = core.connect();
    give_token(core, client, R"({"token":1,"tid":"foo"})");
    const std::pair<std::string_view, std::size_t> rows[] = {
        {"", 1},
        {"null", 1},
        {"[]", 1},
        {"{", 1},
        {"{}", 1},
        {R"({"tids":"foo","subject":"x"})", 1},
        {R"({"tids":[42],"subject":"x"})", 1},
        {R"({"tids":["foo"]})", 1},
        {R"({"tids":["foo"],"subject":null})", 1},
        {R"({"tids":["foo"],"subject":42})", 1},
        {R"({"tids":["foo"],"subject":""})", 1},
        {R"({"tids":["foo"],"subject":"a b"})", 1},
        {R"({"tids":["foo"],"subject":"a\r\nPUB x 0"})", 1},
        {R"({"tids":["foo"],"subject":"a..b"})", 1},
        {R"({"tids":["foo"],"subject":".a"})", 1},
        {R"({"tids":["foo"],"subject":"a."})", 1},
        {R"({"tids":["foo"],"subject":"a\u0000b"})", 1},
        {R"({"tids":[]})", 1},
        {R"({"tids":[],"subject":"x"})", 0},
        {R"({"tids":["other"],"subject":"x"})", 0},
    };
    for (const auto& [payload, logs] : rows) {
        SCOPED_TRACE(payload);
        core.publish("system.tokenReset", payload);
        EXPECT_EQ(core.log.take_errors(), logs);
        core.expect_no_request();
    }
}

TEST(TokenReset, DisregardsTheReply) {  // S-TRS-4: [SYS-10], [SYS-11], [LOG-13]
    Core core;
    TestClient& client = core.connect();
    give_token(core, client, R"({"token":1,"tid":"foo"})");
    const auto reset = [&] {
        core.publish("system.tokenReset", R"({"tids":["foo"],"subject":"auth.renew"})");
        return core.take("auth.renew");
    };
    for (const std::string_view reply :
         {R"({"error":{"code":"system.accessDenied","message":"Access denied"}})",
          R"({"result":null})", R"({"resource":{"rid":"test.model"}})", "{}", "broken json", " x",
          ""})
        core.reply(reset(), reply);
    core.reply_no_responders(reset());
    core.advance(std::chrono::seconds(2));
    client.expect_nothing();
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
    reset();
    core.advance(std::chrono::seconds(4));
    EXPECT_EQ(core.log.take_errors(), 2U);  // one of "broken json", which is a pre-response
    client.expect_nothing();
}

TEST(TokenReset, AfterADisconnectIsNotLogged) {  // [DIS-2]
    Core core;
    TestClient& client = core.connect();
    give_token(core, client, R"({"token":1,"tid":"foo"})");
    core.publish("system.tokenReset", R"({"tids":["foo"],"subject":"auth.renew"})");
    const ServiceCall renew = core.take("auth.renew");
    client.disconnect();
    core.reply(renew, R"({"result":null})");
    core.publish("system.tokenReset", R"({"tids":["foo"],"subject":"auth.renew"})");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

}  // namespace
}  // namespace resgate::test
