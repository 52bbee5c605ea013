// What the replies of the services make of a subscribe and a get (20.5); S-SUB-2.

#include <string>
#include <vector>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

enum class First { get, access };

/// What a service replies, and the code the request fails with because of it; none if it succeeds.
/// A reply of "timeout" or "nobody" is none.
struct Reply {
    std::string text;
    std::string code;
};

const std::string custom_error =
    R"({"error":{"code":"test.custom","message":"Custom","data":{"n":1.0}}})";

const std::vector<Reply> get_replies = {
    {R"({"result":{"model":{"a":1}}})", ""},
    {R"({"result":{"collection":[1]}})", ""},
    {R"({"result":{"model":{}}})", ""},       // [GTR-5]
    {R"({"result":{"collection":[]}})", ""},  // [GTR-5]
    {"\r\n {\t\"result\" : { \"model\":\n{ } , \"collection\":null, \"query\":null } } \n", ""},
    {R"({"result":{"model":{"a":{"rid":"b","soft":true}}},"resource":42,"error":null,"x":1})", ""},
    {R"({"result":{"model":{"a":1}},"meta":{"status":200,"header":{"A":["b"]}}})", ""},
    {R"({"result":{"model":{"a":1}},"meta":null})", ""},
    {std::string(not_found), "system.notFound"},
    {custom_error, "test.custom"},
    {R"({"result":{"model":{}},"error":{"code":"test.custom","message":"m"}})", "test.custom"},
    {R"({"error":{"message":"m"}})", "-"},  // [EOB-2]: an empty code
    {"timeout", "system.timeout"},
    {"nobody", "system.notFound"},
};

const std::vector<std::string> invalid_get_replies = {
    "",
    " ",
    " null",
    "42",
    "[]",
    R"("x")",
    R"({"invalid":JSON})",
    R"({"invalid":"response"})",
    "{}",
    R"({"result":{"model":{}}} x)",
    R"({"result":null})",
    R"({"result":{}})",
    R"({"result":[]})",
    R"({"result":"x"})",
    R"({"result":{"model":null}})",
    R"({"result":{"model":["with","array"]}})",
    R"({"result":{"collection":{"with":"model"}}})",
    R"({"result":{"model":{"a":[1,2]}}})",
    R"({"result":{"model":{"p":{"action":"delete"}}}})",
    R"({"result":{"model":{"p":{"action":"unknown"}}}})",
    R"({"result":{"model":{"p":{"unknown":"x"}}}})",
    R"({"result":{"model":{"c":{"rid":false}}}})",
    R"({"result":{"model":{"c":{"rid":""}}}})",
    R"({"result":{"model":{"c":{"rid":"a..b"}}}})",
    R"({"result":{"model":{"c":{"rid":"a","data":null}}}})",
    R"({"result":{"model":{"c":{}}}})",
    R"({"result":{"collection":["a",[1,2]]}})",
    R"({"result":{"collection":["p",{"action":"delete"}]}})",
    R"({"result":{"model":{"f":"b"},"collection":[1]}})",
    R"({"result":{"model":{},"query":42}})",
    R"({"error":[]})",
    R"({"error":"x"})",
    R"({"error":{"code":12,"message":"m"}})",
    R"({"error":{"code":"x","message":12}})",
    R"({"result":{"model":{}},"error":[]})",
    R"({"resource":{"rid":"test.x"}})",
    R"({"result":{"model":{}},"meta":[]})",
    R"({"result":{"model":{}},"meta":{"status":"200"}})",
    R"({"result":{"model":{}},"meta":{"status":200.0}})",
    R"({"result":{"model":{}},"meta":{"header":{"A":"b"}}})",
    R"({"result":{"model":{}},"meta":{"header":[]}})",
};

const std::vector<Reply> access_replies = {
    {R"({"result":{"get":true}})", ""},
    {R"({"result":{"get":true,"call":null},"resource":1})", ""},
    {" {\"result\" :\n{\"get\": true , \"call\":\"a,b\"}}\t", ""},
    {R"({"result":{"get":false}})", "system.accessDenied"},
    {R"({"result":{"get":null}})", "system.accessDenied"},
    {R"({"result":{"call":"*"}})", "system.accessDenied"},
    {R"({"result":{}})", "system.accessDenied"},
    {R"({"error":{"code":"system.accessDenied","message":"Access denied"}})",
     "system.accessDenied"},
    {R"({"error":{"code":"test.access","message":"No"}})", "test.access"},
    {R"({"result":{"get":true},"error":{"code":"test.access","message":"No"}})", "test.access"},
    {R"({"error":{"code":"","message":"No"}})", "-"},
    {"timeout", "system.timeout"},
    {"nobody", "system.notFound"},
};

const std::vector<std::string> invalid_access_replies = {
    "",
    "[]",
    "42",
    R"({"invalid":JSON})",
    R"({"invalid":"response"})",
    "{}",
    R"({"result":null})",
    R"({"result":[]})",
    R"({"result":true})",
    R"({"result":{"get":"foo"}})",
    R"({"result":{"get":1}})",
    R"({"result":{"get":true,"call":["x"]}})",
    R"({"result":{"get":true,"call":1}})",
    R"({"error":[]})",
    R"({"result":{"get":true},"error":1})",
    R"({"result":{"get":true},"meta":{"status":"x"}})",
};

void give(Core& core, const ServiceCall& call, const std::string& reply) {
    if (reply == "nobody")
        core.reply_no_responders(call);
    else if (reply != "timeout")
        core.reply(call, reply);
}

void expect_outcome(std::string_view type, const Reply& access, const Reply& get, First first) {
    SCOPED_TRACE(std::string(type) + " access " + access.text + " get " + get.text);
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request(std::string(type) + ".test.x");
    const ServiceCall access_call = core.take("access.test.x");
    const ServiceCall get_call = core.take("get.test.x");
    if (first == First::access)
        give(core, access_call, access.text);
    // [CSB-4]: a denied access does not wait for the load, a granted one does.
    const bool is_decided =
        first == First::access && access.text != "timeout" && !access.code.empty();
    EXPECT_EQ(client.waiting(), is_decided ? 1U : 0U);
    give(core, get_call, get.text);
    if (first == First::get)
        give(core, access_call, access.text);
    core.advance(std::chrono::milliseconds(3000));

    const std::string code = access.code.empty() ? get.code : access.code;
    if (code.empty()) {
        const Json result = Json::parse(get.text)["result"];
        const bool is_model = result.contains("model") && !result["model"].is_null();
        const Json content = is_model ? result["model"] : result["collection"];
        const Json expected = {{is_model ? "models" : "collections", {{"test.x", content}}}};
        client.expect_result(id, expected.dump());
    } else {
        client.expect_error(id, code == "-" ? "" : code);
    }
    client.expect_nothing();
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);  // 10.10: service errors and timeouts are none of ours

    // [CSB-3], [CNT-3]: the direct count is as before. [CGT-1]: after a get as well.
    const bool subscribed = type == "subscribe" && code.empty();
    const auto unsubscribe = client.request("unsubscribe.test.x");
    if (subscribed)
        client.expect(R"({"id":)" + std::to_string(unsubscribe) + "}");
    else
        client.expect_error(unsubscribe, "system.noSubscription");
}

TEST(ClientOutcome, FollowsTheTableOf205WhicheverReplyComesFirst) {
    // [CSB-1] to [CSB-5], [CGT-1], [RPL-3], [RPL-4] to [RPL-7], [RPL-9], [ACR-1], [ACR-2], [ACR-4],
    // [GTR-2] to [GTR-5], [EOB-2], [TMO-1]
    std::vector<Reply> gets = get_replies;
    gets.push_back({R"({"invalid":"response"})", "system.internalError"});
    std::vector<Reply> accesses = access_replies;
    accesses.push_back({R"({"result":{"get":"foo"}})", "system.internalError"});
    for (const std::string_view type : {"subscribe", "get"}) {
        for (const Reply& get : gets) {
            for (const Reply& access : accesses) {
                expect_outcome(type, access, get, First::get);
                expect_outcome(type, access, get, First::access);
            }
        }
    }
}

TEST(ClientOutcome, IsAnInternalErrorIfTheGetReplyIsInvalid) {  // 30.7, [VAL-1], [VAL-2], [VAL-6]
    for (const std::string& reply : invalid_get_replies) {
        const Reply get{reply, "system.internalError"};
        for (const std::string_view type : {"subscribe", "get"}) {
            expect_outcome(type, access_replies.front(), get, First::get);
            expect_outcome(type, access_replies.front(), get, First::access);
        }
    }
}

TEST(ClientOutcome, IsAnInternalErrorIfTheAccessReplyIsInvalid) {  // [ACR-1], [ACR-4], [RPL-4]
    for (const std::string& reply : invalid_access_replies) {
        const Reply access{reply, "system.internalError"};
        for (const std::string_view type : {"subscribe", "get"}) {
            expect_outcome(type, access, get_replies.front(), First::get);
            expect_outcome(type, access, get_replies.front(), First::access);
        }
    }
}

/// The error a get request's reply leads to.
Json error_of(std::string_view reply) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.x");
    core.serve("test.x", reply);
    return client.next()["error"];
}

TEST(ClientOutcome, HasTheTextsOfTheCatalogue) {  // 20.12, [GTR-4], [RPL-7], [Q10-1]
    const Json missing = {{"code", "system.internalError"},
                          {"message", "Internal error: response missing result"}};
    const Json invalid = {{"code", "system.internalError"},
                          {"message", "Internal error: invalid service response"}};
    EXPECT_EQ(error_of("{}"), missing);
    EXPECT_EQ(error_of(R"({"result":null})"), missing);
    EXPECT_EQ(error_of(R"({"result":{}})"), invalid);
    EXPECT_EQ(error_of(R"({"result":{"model":{},"collection":[]}})"), invalid);
    EXPECT_EQ(error_of(R"({"result":{"model":{"p":{"action":"delete"}}}})"), invalid);
    for (const std::string_view reply :
         {"", "[]", R"({"error":[]})", R"({"result":1})", R"({"result":{"model":{"a":[1]}}})"}) {
        const std::string text = error_of(reply)["message"];  // [RPL-4], [VAL-6]
        EXPECT_TRUE(text.starts_with("Internal error: ")) << text;
        EXPECT_EQ(text.rfind("Internal error: "), 0U) << text;
    }
}

TEST(ClientOutcome,
     PassesErrorsOfServicesOn) {  // [RSP-3], [EOB-1], [EOB-3], [EOB-4], [JSN-2], [JSN-4], [Q10-4]
    EXPECT_EQ(error_of(R"({"error":{"code":"a","message":"b","data":null,"x":1}})"),
              Json::parse(R"({"code":"a","message":"b"})"));
    EXPECT_EQ(error_of(R"({"error":{}})"), Json::parse(R"({"code":"","message":""})"));
    EXPECT_EQ(error_of(R"({"error":{"code":null,"message":null}})"),
              Json::parse(R"({"code":"","message":""})"));
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.x");
    core.serve(
        "test.x",
        R"({"error":{"code":"a","message":"b","data":{"z":1.0,"a":12345678901234567890123}}})");
    EXPECT_NE(client.last_text().find(R"("data":{"z":1.0,"a":12345678901234567890123})"),
              std::string::npos)
        << client.last_text();
}

}  // namespace
}  // namespace resgate::test
