#include "api/resource_api.h"

#include "api/handshake.h"
#include "api/web_client.h"

namespace resgate::test {
namespace {

api::Settings mapped() {
    api::Settings settings;
    settings.put_method = "mappedMethod";
    return settings;
}

// [HTTP-13], [HTTP-14], [HTTP-15]
TEST(ResourceApi, HandlesPathsThatBeginWithTheConfiguredOne) {
    WebApi web;
    EXPECT_TRUE(web.api().handles("/api/"));
    EXPECT_TRUE(web.api().handles("/api/test"));
    EXPECT_FALSE(web.api().handles("/api"));
    EXPECT_FALSE(web.api().handles("/API/test"));
    EXPECT_FALSE(web.api().handles("//api/test"));

    api::Settings settings;
    settings.api_path = "api";
    WebApi unreachable(std::move(settings));
    EXPECT_FALSE(unreachable.api().handles("/api/test"));
}

// [HTTP-13], [HTTP-C1]
TEST(ResourceApi, AnswersOtherPathsWithoutCorsHeaders) {
    for (const char* const method : {"GET", "HEAD", "POST", "OPTIONS"}) {
        http::Request request;
        request.method = http::method_named(method);
        request.target = "/wrong_prefix/test/model";
        const http::Response response = api::answer_outside_api(request);
        expect_json(response, 404, not_found_body);
        EXPECT_TRUE(response.headers.empty());
        EXPECT_FALSE(response.close);
    }
}

// [HTTP-10], [HTTP-C8]
TEST(ResourceApi, AnswersTheAsterisk) {
    http::Request request;
    request.target = "*";
    request.method = http::Method::options;
    expect_empty(api::answer_outside_api(request), 200);
    EXPECT_FALSE(api::answer_outside_api(request).close);
    request.method = http::Method::get;
    expect_empty(api::answer_outside_api(request), 400);
    EXPECT_TRUE(api::answer_outside_api(request).close);
}

// [HTTP-C2] to [HTTP-C7]
TEST(ResourceApi, RefusesInvalidPathsWithoutAskingServices) {
    const std::vector<std::pair<std::string, std::vector<std::string>>> requests{
        {"/api/", {"GET", "HEAD", "POST"}},
        {"/api/test.model", {"GET", "HEAD"}},
        {"/api/test.model/action", {"POST"}},
        {"/api/test/model/", {"GET", "HEAD"}},
        {"/api/test/model/action/", {"POST"}},
        {"/api/test//model", {"GET", "HEAD"}},
        {"/api/test//model/action", {"POST"}},
        {"/api/test/m\xC3\xA5/action", {"GET", "HEAD", "POST"}},
        {"/api/test/m%C3%A5/action", {"GET", "HEAD", "POST"}},
        {"/api/test/model/\xC3\xA4x", {"POST"}},
        {"/api/test/model/%C3%A4x", {"POST"}},
        {"/api/action", {"POST"}},
        {"/%61pi/test", {"GET", "HEAD"}},
    };
    for (const auto encoding : {api::Encoding::json, api::Encoding::jsonflat}) {
        api::Settings settings;
        settings.encoding = encoding;
        WebApi web(std::move(settings));
        for (const auto& [target, methods] : requests) {
            for (const auto& method : methods) {
                SCOPED_TRACE(method + ' ' + target);
                const auto response = web.refused(method, target);
                expect_json(response, 404, not_found_body);
                EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "*");
                EXPECT_FALSE(response.close);
            }
        }
    }
}

// [HTTP-46], [HTTP-C53]
TEST(ResourceApi, AllowsNoOtherMethods) {
    WebApi web(mapped());
    for (const char* const method : {"DELETE", "PATCH", "TRACE", "get", "put", "FOO"})
        expect_json(web.refused(method, "/api/test/model"), 405, not_allowed_body);
}

// [HTTP-45]
TEST(ResourceApi, ChecksInTheOrderSpecified) {
    api::Settings settings = mapped();
    settings.origins = http::AllowedOrigins({"http://localhost"});
    WebApi web(std::move(settings));
    web.api().stop();
    const http::Headers foreign{{"Origin", "http://example.com"}};
    EXPECT_EQ(web.refused("OPTIONS", "/api/a//", "x", foreign).status, 200);
    EXPECT_EQ(web.refused("FOO", "/api/a//", "x", foreign).status, 403);
    EXPECT_EQ(web.refused("FOO", "/api/a//", "x").status, 404);
    EXPECT_EQ(web.refused("FOO", "/api/a.b", "x").status, 405);
    EXPECT_EQ(web.refused("POST", "/api/a.b", "x").status, 404);
    EXPECT_EQ(web.refused("POST", "/api/a/b", "x").status, 400);
    EXPECT_EQ(web.refused("POST", "/api/a/b", "1").status, 503);
}

// [HTTP-57]
TEST(ResourceApi, RefusesRequestsWhileShuttingDown) {
    WebApi web;
    const auto under_way = web.send("GET", "/api/test/model");
    web.api().stop();
    web.core.serve("test.model", model("{}"));
    EXPECT_EQ(under_way->answered().status, 200);
    const auto response = web.refused("GET", "/api/test/model");
    expect_json(response, 503,
                R"({"code":"system.serviceUnavailable","message":"Service unavailable"})");
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "*");
}

// [HTTP-60], [HTTP-62]
TEST(ResourceApi, ForwardsBodiesAsParams) {
    const std::vector<std::pair<std::string, std::string>> bodies{
        {"", "null"},         {" \t\r\n", "null"},
        {"null", "null"},     {R"( {"value":42} )", R"({"value":42})"},
        {"1.50", "1.50"},     {"12345678901234567890", "12345678901234567890"},
        {R"("a")", R"("a")"}, {"[1]\n", "[1]"},
    };
    for (const auto& [body, params] : bodies) {
        SCOPED_TRACE(body);
        WebApi web;
        const auto exchange = web.send("POST", "/api/test/model/method", body);
        web.core.answer("access.test.model", full);
        const ServiceCall call = web.core.take("call.test.model.method");
        EXPECT_NE(call.text.find("\"params\":" + params), std::string::npos) << call.text;
        EXPECT_EQ(call.payload["isHttp"], true);
        EXPECT_EQ(call.payload["token"], nullptr);
        EXPECT_EQ(call.payload.size(), 4U) << call.text;  // [HTTP-58]: and cid, no more
    }
}

// [HTTP-61]
TEST(ResourceApi, RefusesBodiesThatAreNotOneJsonValue) {
    WebApi web(mapped());
    for (const char* const body : {"{", "1 2", "x", "{}x", "\xEF\xBB\xBF{}"}) {
        const auto response = web.refused("POST", "/api/test/model/method", body);
        EXPECT_EQ(response.status, 400);
        const Json error = Json::parse(response.body);
        EXPECT_EQ(error["code"], "system.badRequest");
        EXPECT_TRUE(
            error["message"].get<std::string>().starts_with("Error decoding request body: "));
        EXPECT_EQ(web.refused("PUT", "/api/test/model", body).status, 400);
    }
}

// [HTTP-61], [HTTP-63]
TEST(ResourceApi, RefusesBodiesThatCouldNotBeRead) {
    WebApi web;
    http::Request request;
    request.method = http::Method::post;
    request.target = "/api/test/model/method";
    request.body_state = http::BodyState::too_large;
    const auto large = web.send(request);
    expect_json(large->answered(), 413,
                R"({"code":"system.requestTooLarge","message":"Request too large"})");
    EXPECT_TRUE(large->answered().close);
    EXPECT_EQ(header(large->answered(), "Access-Control-Allow-Origin"), "*");

    request.body_state = http::BodyState::unreadable;
    request.body = "malformed chunk";
    const auto malformed = web.send(request);
    expect_json(
        malformed->answered(), 400,
        R"({"code":"system.badRequest","message":"Error reading request body: malformed chunk"})");
    web.core.expect_no_request();
}

// [HTTP-60]
TEST(ResourceApi, IgnoresBodiesOfGet) {
    WebApi web;
    http::Request request;
    request.method = http::Method::get;
    request.target = "/api/test/model";
    request.body_state = http::BodyState::too_large;
    const auto exchange = web.send(request);
    web.core.serve("test.model", model("{}"));
    EXPECT_EQ(exchange->answered().status, 200);
}

// [HTTP-10]: path and query of the absolute form.
TEST(ResourceApi, TakesTheAbsoluteForm) {
    WebApi web;
    const auto exchange = web.send("GET", "http://example.com/api/test/model?q=1");
    EXPECT_EQ(web.core.take("get.test.model").payload, Json({{"query", "q=1"}}));
}

// [HTTP-71], [REQ-6]
TEST(Handshake, TellsOfHeadersHostAddressAndTarget) {
    http::Request request;
    request.target = "/api/test?q";
    request.headers = {{"host", "h:8080"}, {"x-foo", "1"}, {"X-Foo", "2"}};
    EXPECT_EQ(Json::parse("{" + api::handshake_of(request, "10.0.0.9:5123") + "}"),
              Json::parse(R"({"header":{"X-Foo":["1","2"]},"host":"h:8080",
                              "remoteAddr":"10.0.0.9:5123","uri":"/api/test?q"})"));
    request.target = "http://other/api/test";
    EXPECT_EQ(Json::parse("{" + api::handshake_of(request, {}) + "}")["host"], "other");
}

}  // namespace
}  // namespace resgate::test
