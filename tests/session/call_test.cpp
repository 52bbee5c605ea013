// Calls and auth requests (20.8, 20.9, 40.11): S-CALL-*, S-AUTH-*.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

constexpr std::string_view internal = "system.internalError";

TEST(Call, PassesParamsAndPayloadThrough) {
    // S-CALL-1: [ACC-4], [ACC-7], [ACR-3], [REQ-2], [REQ-3], [REQ-4], [CCL-2], [CCL-4]
    for (const bool subscribed : {true, false}) {
        for (const std::string_view call :
             {"*", "method", "foo,method", "method,foo", "a,,method"}) {
            for (const std::string_view params : {"", R"({"value":42})", "null"}) {
                for (const std::string payload : {R"({"foo":"bar"})", "42", "null"}) {
                    Core core;
                    TestClient& client = core.connect();
                    const std::string access =
                        Json({{"result", {{"get", true}, {"call", call}}}}).dump();
                    if (subscribed)
                        result_of(core, client, "subscribe.test.model", access);
                    const auto id = client.request(
                        "call.test.model.method",
                        params.empty() ? std::nullopt : std::optional<std::string>(params));
                    if (!subscribed)
                        core.answer("access.test.model", access);
                    const ServiceCall request = core.take("call.test.model.method");
                    core.expect_no_request();
                    EXPECT_EQ(request.payload,
                              Json({{"cid", client.cid()},
                                    {"token", nullptr},
                                    {"params", Json::parse(params.empty() ? "null" : params)}}));
                    core.reply(request, R"({"result":)" + payload + "}");
                    client.expect_result(id, R"({"payload":)" + payload + "}");
                    EXPECT_EQ(client.session().subscription_count(), subscribed ? 1U : 0U);
                }
            }
        }
    }
}

TEST(Call, ForwardsThePayloadAsWritten) {  // [JSN-2], [CCL-4]
    Core core;
    TestClient& client = core.connect();
    client.request("auth.test.x.y");
    core.answer("auth.test.x.y", R"({"result":{"z":1.0,"a":123456789012345678901234,"z2":1E3}})");
    EXPECT_NE(
        client.last_text().find(R"({"payload":{"z":1.0,"a":123456789012345678901234,"z2":1E3}})"),
        std::string::npos)
        << client.last_text();
}

TEST(Call, IsNotMadeWithoutAccess) {  // S-CALL-2: [ACR-3], [ACR-4], [CCL-1]
    const std::pair<std::string_view, std::string_view> rows[] = {
        {R"({"result":{"get":true,"call":"foo,bar"}})", "system.accessDenied"},
        {R"({"result":{"get":true,"call":"foo, method"}})", "system.accessDenied"},
        {R"({"result":{"get":true,"call":"*,foo"}})", "system.accessDenied"},
        {R"({"result":{"get":true,"call":"Method"}})", "system.accessDenied"},
        {R"({"result":{"get":true,"call":"methods"}})", "system.accessDenied"},
        {R"({"result":{"get":true,"call":""}})", "system.accessDenied"},
        {R"({"result":{"get":true,"call":null}})", "system.accessDenied"},
        {R"({"result":{"get":true}})", "system.accessDenied"},
        {R"({"result":{"get":true,"call":["method"]}})", internal},
        {R"({"result":{"get":"invalid","call":"*"}})", internal},
        {R"({"broken":JSON})", internal},
        {R"({"result":{"call":"*"},"error":{"code":"test.x","message":"X"}})", "test.x"},
    };
    for (const auto& [access, error] : rows) {
        SCOPED_TRACE(access);
        Core core;
        TestClient& client = core.connect();
        const auto id = client.request("call.test.model.method");
        core.answer("access.test.model", access);
        client.expect_error(id, error);
        core.expect_no_request();
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
    Core core;
    TestClient& client = core.connect();
    const auto late = client.request("call.test.model.method");
    const ServiceCall access = core.take("access.test.model");
    core.advance(std::chrono::seconds(3));
    client.expect_error(late, "system.timeout");
    core.reply(access, full);  // [TMO-2]
    core.expect_no_request();
    const auto nobody = client.request("call.test.model.method");
    core.reply_no_responders(core.take("access.test.model"));
    client.expect_error(nobody, "system.notFound");
    // [ACR-3]: get is irrelevant for calling.
    client.request("call.test.model.method");
    core.answer("access.test.model", R"({"result":{"get":false,"call":"method"}})");
    core.take("call.test.model.method");
}

const std::pair<std::string_view, std::string_view> bad_replies[] = {
    // S-CALL-3: [RPL-4] to [RPL-9], [CCL-3], [EOB-2]
    {R"({"error":{"code":"system.invalidParams","message":"Invalid"}})", "system.invalidParams"},
    {R"({"broken":JSON})", internal},
    {"", internal},
    {"42", internal},
    {"[]", internal},
    {" null", internal},
    {"{}", internal},
    {R"({"foo":"bar"})", internal},
    {R"({"result":{"a":1},"error":{"code":"system.custom","message":"Custom"}})", "system.custom"},
    {R"({"resource":{"rid":"a"},"error":{"code":"system.custom","message":"C"}})", "system.custom"},
    {R"({"error":[]})", internal},
    {R"({"error":{"message":"m"}})", ""},
    {R"({"error":{"code":12,"message":"m"}})", internal},
    {R"({"result":1,"error":[]})", internal},
    {R"({"resource":"test.model"})", internal},
    {R"({"resource":{}})", internal},
    {R"({"resource":{"rid":null}})", internal},
    {R"({"resource":{"rid":42}})", internal},
    {R"({"resource":{"rid":""}})", internal},
    {R"({"resource":{"rid":"test..model"}})", internal},
    {R"({"result":1,"resource":"x"})", internal},
    {R"({"result":1,"meta":"x"})", internal},
    {R"({"result":1,"meta":{"status":"x"}})", internal},
    {R"({"result":1,"meta":{"header":{"A":1}}})", internal},
};

TEST(Call, FailsWithTheServicesErrorOrAnInternalOne) {  // S-CALL-3, S-AUTH-1
    for (const std::string type : {"call", "auth"}) {
        for (const auto& [reply, error] : bad_replies) {
            SCOPED_TRACE(type + " " + std::string(reply));
            Core core;
            TestClient& client = core.connect();
            const auto id = client.request(type + ".test.model.method");
            if (type == "call")
                core.answer("access.test.model", full);
            core.answer(type + ".test.model.method", reply);
            client.expect_error(id, error);
            client.expect_nothing();
            core.expect_no_request();
            EXPECT_EQ(core.log.take_errors(), 0U);
        }
        Core core;
        TestClient& client = core.connect();
        const auto id = client.request(type + ".test.model.method");
        if (type == "call")
            core.answer("access.test.model", full);
        core.advance(std::chrono::milliseconds(2999));
        client.expect_nothing();
        core.advance(std::chrono::milliseconds(1));
        client.expect_error(id, "system.timeout");
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

TEST(Call, TakesAResourceBeforeAResult) {  // [RPL-5], [RPL-6], [RPL-8]
    for (const std::string_view reply :
         {R"({"resource":{"rid":"test.model","soft":true,"x":1},"result":1,"error":null})",
          R"({"resource":{"rid":"test.model"},"result":null,"meta":{"status":303}})"}) {
        Core core;
        TestClient& client = core.connect();
        const auto id = client.request("auth.test.x.y");
        core.answer("auth.test.x.y", reply);
        core.serve("test.model", fixture_reply("test.model"));
        Json expected = fixture_set({"test.model"});
        expected["rid"] = "test.model";
        client.expect_result(id, expected.dump());
        expect_live(core, client, "test.model");
    }
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("auth.test.x.y");
    core.answer("auth.test.x.y", R"({"resource":null,"result":{"rid":"test.model"}})");
    client.expect_result(id, R"({"payload":{"rid":"test.model"}})");
    core.expect_no_request();
}

TEST(Call, SendsTheCurrentTokenAfterAccess) {  // [ACC-8]
    Core core;
    TestClient& client = core.connect();
    client.request("call.test.model.method");
    core.publish("conn." + client.cid() + ".token", R"({"token":{"user":"foo"}})");
    core.answer("access.test.model", full);
    EXPECT_EQ(core.take("call.test.model.method").payload["token"],
              Json::parse(R"({"user":"foo"})"));
}

TEST(Call, ReplacesTheTagInRidsNotInMethods) {  // S-CALL-6, S-AUTH-2: [CID-1], [CID-3], [CID-4]
    Core core;
    TestClient& client = core.connect();
    const std::string cid = client.cid();
    EXPECT_GE(cid.size(), 20U);
    EXPECT_EQ(cid.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
    client.request("call.test.{cid}.model.method");
    core.answer("access.test." + cid + ".model", full);
    core.take("call.test." + cid + ".model.method");
    client.request("auth.test.{cid}.{cid}?q={cid}&{cid}.{cid}");
    EXPECT_EQ(core.take("auth.test." + cid + "." + cid + ".{cid}").payload["query"],
              "q=" + cid + "&" + cid);
    core.expect_no_request();
}

TEST(Call, FailsIfTheSubjectIsTooLong) {  // S-CALL-7, S-AUTH-2: [SUBJ-8], [REQ-9]
    Core core;
    TestClient& client = core.connect();
    const std::string far(10000, 'a');
    const auto call = client.request("call.test.model." + far);
    core.answer("access.test.model", full);
    core.settle();
    client.expect_error(call, "system.subjectTooLong");
    for (const std::string& method : {"call.test." + far + ".method", "auth.test.model." + far,
                                      "auth.test." + far + ".method"}) {
        const auto id = client.request(method);
        core.settle();
        client.expect(Json({{"error", error_object("system.subjectTooLong")}, {"id", id}}).dump());
    }
    core.expect_no_request();
    const auto id = client.request("auth.test.model.method?" + far + ".method");  // a long query
    core.answer("auth.test.model.method.method", R"({"result":1})");
    client.expect_result(id, R"({"payload":1})");
    core.advance(std::chrono::seconds(6));
    EXPECT_EQ(core.hub().entry_count(), 0U);  // [SUBJ-7]
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(Auth, NeedsNoAccessAndCarriesTheHandshake) {  // S-AUTH-1: [CAU-1], [REQ-2], [REQ-6], [WS-56]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("auth.test.model.method", R"({"value":42})");
    const ServiceCall request = core.take("auth.test.model.method");
    core.expect_no_request();
    EXPECT_EQ(request.payload, Json({{"params", {{"value", 42}}},
                                     {"token", nullptr},
                                     {"cid", client.cid()},
                                     {"header", {{"User-Agent", {"x"}}}},
                                     {"host", "h:8080"},
                                     {"remoteAddr", "10.0.0.9:5123"},
                                     {"uri", "/"}}));
    core.reply(request, R"({"result":null})");
    client.expect_result(id, R"({"payload":null})");
    client.request("auth.test.model.method");
    const Json payload = core.take("auth.test.model.method").payload;
    EXPECT_TRUE(payload.contains("params") && payload["params"].is_null());
    EXPECT_FALSE(payload.contains("isHttp"));  // [REQ-5]
}

TEST(Auth, DoesNotTakeALegacyResourceForOne) {  // [CAU-1], [NWR-1]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("auth.test.collection.new");
    core.answer("auth.test.collection.new", R"({"result":{"rid":"test.model"}})");
    client.expect_result(id, R"({"payload":{"rid":"test.model"}})");
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(Auth, IsAnsweredAfterTheTokenTookEffect) {  // [CAU-2], [ORD-6], [RES-5]
    Core core;
    TestClient& client = core.connect();
    client.request("auth.test.login.x");
    const ServiceCall auth = core.take("auth.test.login.x");
    core.publish("conn." + client.cid() + ".token", R"({"token":{"user":"foo"}})");
    core.reply(auth, R"({"resource":{"rid":"test.model"}})");
    EXPECT_EQ(core.take("access.test.model").payload["token"], Json::parse(R"({"user":"foo"})"));
}

}  // namespace
}  // namespace resgate::test
