#include "api/cors.h"

#include "api/web_client.h"

namespace resgate::test {
namespace {

constexpr std::string_view forbidden_body =
    R"({"code":"system.forbidden","message":"Forbidden origin"})";

struct Case {
    std::optional<std::string> origin;
    std::vector<std::string> allowed;
    bool accepted;
    std::optional<std::string> allow_origin;
    bool varies;
};

/// [HTTP-C30] to [HTTP-C35], [HTTP-41], and the finer points of [HTTP-42] and [HTTP-43].
std::vector<Case> cases() {
    const std::vector<std::string> two{"https://resgate.io", "http://localhost"};
    return {
        {"http://localhost", {}, true, "*", false},
        {"http://localhost", {"http://localhost"}, true, "http://localhost", true},
        {"https://resgate.io", two, true, "https://resgate.io", true},
        {"http://example.com", two, false, "http://localhost", true},
        {std::nullopt, {}, true, "*", false},
        {std::nullopt, {"http://localhost"}, true, std::nullopt, false},
        {"null", two, true, std::nullopt, false},
        {"https://Resgate.IO", two, true, "https://Resgate.IO", true},
        {"", two, false, "http://localhost", true},
        {"http://localhost/", two, false, "http://localhost", true},
        {"https://resgate.io:8080", two, false, "http://localhost", true},
        {"http://resgate.io", two, false, "http://localhost", true},
    };
}

api::Settings settings_of(const Case& given) {
    api::Settings settings;
    settings.origins = http::AllowedOrigins(given.allowed);
    return settings;
}

http::Headers headers_of(const Case& given) {
    http::Headers headers;
    if (given.origin)
        headers.push_back({"Origin", *given.origin});
    return headers;
}

void expect_cors(const http::Response& response, const Case& given) {
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), given.allow_origin);
    EXPECT_EQ(header(response, "Vary"),
              given.varies ? std::optional<std::string>("Origin") : std::nullopt);
    EXPECT_EQ(header(response, "Access-Control-Allow-Credentials"), std::nullopt);
}

TEST(Cors, GoesWithEveryGet) {
    for (const Case& given : cases()) {
        SCOPED_TRACE(given.origin.value_or("no origin"));
        WebApi web(settings_of(given));
        const auto exchange = web.send("GET", "/api/test/model", {}, headers_of(given));
        if (given.accepted) {
            web.core.serve("test.model", model(R"({"a":1})"));
            expect_json(exchange->answered(), 200, R"({"a":1})");
        } else {
            web.core.expect_no_request();
            expect_json(exchange->answered(), 403, forbidden_body);
        }
        expect_cors(exchange->answered(), given);
    }
}

TEST(Cors, GoesWithEveryCall) {
    for (const Case& given : cases()) {
        SCOPED_TRACE(given.origin.value_or("no origin"));
        WebApi web(settings_of(given));
        const auto exchange = web.send("POST", "/api/test/model/method", {}, headers_of(given));
        if (given.accepted) {
            web.core.answer("access.test.model", full);
            web.core.answer("call.test.model.method", R"({"result":1})");
            expect_json(exchange->answered(), 200, "1");
        } else {
            expect_json(exchange->answered(), 403, forbidden_body);
        }
        expect_cors(exchange->answered(), given);
        web.core.expect_no_request();
    }
}

// [HTTP-C36], [HTTP-50]: also on a mismatching origin.
TEST(Cors, GoesWithOptionsWhichAreNeverRefused) {
    for (const Case& given : cases()) {
        SCOPED_TRACE(given.origin.value_or("no origin"));
        WebApi web(settings_of(given));
        const auto response = web.refused("OPTIONS", "/api/test/model", {}, headers_of(given));
        expect_empty(response, 200);
        expect_cors(response, given);
        EXPECT_EQ(header(response, "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS, POST");
        EXPECT_EQ(header(response, "Access-Control-Allow-Headers"), std::nullopt);
    }
}

// [HTTP-42]: the first Origin header counts.
TEST(Cors, LooksAtTheFirstOriginOnly) {
    api::Settings settings;
    settings.origins = http::AllowedOrigins({"http://localhost"});
    WebApi web(std::move(settings));
    const auto response = web.refused(
        "GET", "/api/test", {}, {{"Origin", "http://example.com"}, {"Origin", "http://localhost"}});
    expect_json(response, 403, forbidden_body);
}

// [HTTP-50]
TEST(Cors, ListsMappedMethodsInAFixedOrder) {
    api::Settings settings;
    settings.patch_method = "patch";
    settings.put_method = "put";
    WebApi web(settings);
    EXPECT_EQ(header(web.refused("OPTIONS", "/api/"), "Access-Control-Allow-Methods"),
              "GET, HEAD, OPTIONS, POST, PUT, PATCH");
    settings.delete_method = "delete";
    WebApi all(settings);
    EXPECT_EQ(header(all.refused("OPTIONS", "/api/a..b/"), "Access-Control-Allow-Methods"),
              "GET, HEAD, OPTIONS, POST, PUT, DELETE, PATCH");
}

// [HTTP-C37]
TEST(Cors, EchoesTheHeadersAskedFor) {
    WebApi web;
    http::Headers asked;
    std::string expected;
    for (const char* const name : {"X-PINGOTHER", "Content-Type", "Authorization"}) {
        asked.push_back({"access-control-request-headers", name});
        expected += expected.empty() ? name : std::string(", ") + name;
        EXPECT_EQ(
            header(web.refused("OPTIONS", "/api/test", {}, asked), "Access-Control-Allow-Headers"),
            expected);
    }
}

// [HTTP-40], [HTTP-C38]
TEST(Cors, AllowsCredentialsOnEveryAnswerIfConfigured) {
    api::Settings settings;
    settings.header_auth = {"vault", "method"};
    WebApi web(std::move(settings));
    for (const char* const method : {"OPTIONS", "GET", "PUT"})
        EXPECT_EQ(header(web.refused(method, "/api/a.b"), "Access-Control-Allow-Credentials"),
                  "true");
}

}  // namespace
}  // namespace resgate::test
