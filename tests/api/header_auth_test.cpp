#include "api/web_client.h"

// Header authentication of HTTP requests, as section 7 of part 60 has it.
namespace resgate::test {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view m = R"({"string":"foo","int":42,"bool":true,"null":null})";
const http::Headers origin{{"Origin", "example.com"}};

api::Settings with_auth(std::string name = "vault") {
    api::Settings settings;
    settings.header_auth = {std::move(name), "method"};
    return settings;
}

/// How the auth request ends; nothing = it times out.
const std::vector<std::optional<std::string_view>> auth_answers{
    std::nullopt,
    not_found,
    "{]",
    R"({"result":null})",
    R"({"result":null,"meta":{"status":"407"}})",  // [HTTP-101]
};

const std::vector<std::optional<std::string_view>> token_events{
    std::nullopt,
    R"({"token":{"user":"foo"}})",
    R"({"token":null})",
};

/// Sees header authentication through: a token event, if there is one, then the answer.
void authenticate(WebApi& web, const std::optional<std::string_view>& token,
                  const std::optional<std::string_view>& answer) {
    EXPECT_EQ(web.core.pending_subjects(), std::vector<std::string>{"auth.vault.method"});
    const ServiceCall auth = web.core.take("auth.vault.method");
    EXPECT_EQ(auth.payload["header"]["Origin"], Json::array({"example.com"}));
    EXPECT_EQ(auth.payload["isHttp"], true);
    const auto cid = auth.payload["cid"].get<std::string>();
    if (token)
        web.core.publish("conn." + cid + ".token", *token);
    web.core.expect_no_request();
    if (answer)
        web.core.reply(auth, *answer);
    else
        web.core.advance(milliseconds(10000));
}

/// Runs `body` for each way header authentication can end, with the token that services see then.
template <typename Body>
void for_each_ending(Body body) {
    for (const auto& answer : auth_answers) {
        for (const auto& token : token_events) {
            SCOPED_TRACE(std::string(answer.value_or("timeout")) + " after " +
                         std::string(token.value_or("no token")));
            WebApi web(with_auth());
            body(web, token, answer, token ? Json::parse(*token)["token"] : Json());
            EXPECT_EQ(web.core.log.take_errors(), 0U);
        }
    }
}

// [HTTP-C60], [HTTP-70], [HTTP-72], [HTTP-73], [HTTP-40]
TEST(HeaderAuth, GoesBeforeReading) {
    for_each_ending([](WebApi& web, auto& token, auto& answer, const Json& expected) {
        const auto exchange = web.send("GET", "/api/test/model", {}, origin);
        authenticate(web, token, answer);
        const ServiceCall access = web.core.take("access.test.model");
        EXPECT_EQ(access.payload["token"], expected);
        EXPECT_EQ(access.payload["isHttp"], true);
        web.core.reply(access, granted);
        web.core.answer("get.test.model", model(m));
        expect_json(exchange->answered(), 200, m);
        EXPECT_EQ(header(exchange->answered(), "Access-Control-Allow-Credentials"), "true");
    });
}

// [HTTP-C60]
TEST(HeaderAuth, GoesBeforeCalls) {
    for_each_ending([](WebApi& web, auto& token, auto& answer, const Json& expected) {
        const auto exchange = web.send("POST", "/api/test/model/method", {}, origin);
        authenticate(web, token, answer);
        const ServiceCall access = web.core.take("access.test.model");
        EXPECT_EQ(access.payload["token"], expected);
        web.core.reply(access, full);
        const ServiceCall call = web.core.take("call.test.model.method");
        EXPECT_EQ(call.payload["token"], expected);
        web.core.reply(call, R"({"result":{"foo":"bar"}})");
        expect_json(exchange->answered(), 200, R"({"foo":"bar"})");
        EXPECT_EQ(header(exchange->answered(), "Access-Control-Allow-Credentials"), "true");
    });
}

// [HTTP-70]
TEST(HeaderAuth, GoesBeforeHeadAndMappedMethods) {
    api::Settings settings = with_auth();
    settings.put_method = settings.delete_method = settings.patch_method = "mappedMethod";
    WebApi web(std::move(settings));
    for (const char* const method : {"HEAD", "PUT", "DELETE", "PATCH"}) {
        const auto exchange = web.send(method, "/api/test/model");
        web.core.answer("auth.vault.method", R"({"result":null})");
        web.core.answer("access.test.model", denied);
        EXPECT_EQ(exchange->answered().status, 401);
    }
}

// [HTTP-70], [HTTP-45]
TEST(HeaderAuth, IsNotForOptionsAndWhatIsRefusedAnyway) {
    WebApi web(with_auth());
    EXPECT_EQ(web.refused("OPTIONS", "/api/test/model").status, 200);
    EXPECT_EQ(web.refused("GET", "/api/test.model").status, 404);
    EXPECT_EQ(web.refused("PUT", "/api/test/model").status, 405);
    EXPECT_EQ(web.refused("POST", "/api/test/model/method", "{").status, 400);
    web.api().stop();
    EXPECT_EQ(web.refused("GET", "/api/test/model").status, 503);
}

// [HTTP-71], [HTTP-58]
TEST(HeaderAuth, TellsTheServiceOfTheRequest) {
    WebApi web(with_auth());
    const auto exchange = web.send("GET", "/api/test/model?q=1", {},
                                   {{"Host", "h:8080"}, {"x-foo", "a,b"}, {"X-FOO", "c"}});
    Json payload = web.core.take("auth.vault.method").payload;
    EXPECT_TRUE(payload["cid"].is_string());
    payload.erase("cid");
    EXPECT_EQ(payload, Json::parse(R"({"token":null,"isHttp":true,"header":{"X-Foo":["a,b","c"]},
        "host":"h:8080","remoteAddr":"10.0.0.9:5123","uri":"/api/test/model?q=1"})"));
}

// [HTTP-70]
TEST(HeaderAuth, ReplacesTheConnectionIdTag) {
    WebApi web(with_auth("vault.{cid}"));
    const auto exchange = web.send("GET", "/api/test/model");
    ASSERT_EQ(web.core.pending_subjects().size(), 1U);
    const ServiceCall auth = web.core.take(web.core.pending_subjects().front());
    EXPECT_EQ(auth.subject, "auth.vault." + auth.payload["cid"].get<std::string>() + ".method");
}

// [HTTP-72]
TEST(HeaderAuth, IsWithoutConsequenceIfNobodyAnswers) {
    WebApi web(with_auth());
    const auto exchange = web.send("GET", "/api/test/model");
    web.core.reply_no_responders(web.core.take("auth.vault.method"));
    web.core.serve("test.model", model(m));
    EXPECT_EQ(exchange->answered().status, 200);
}

// [HTTP-59]
TEST(HeaderAuth, EndsWithTheClient) {
    WebApi web(with_auth());
    auto exchange = web.send("GET", "/api/test/model");
    const ServiceCall auth = web.core.take("auth.vault.method");
    web.leave(std::move(exchange));
    EXPECT_EQ(web.sessions(), 0U);
    web.core.reply(auth, R"({"result":null})");
    web.core.expect_no_request();
}

}  // namespace
}  // namespace resgate::test
