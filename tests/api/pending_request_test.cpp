#include "api/pending_request.h"

#include "api/web_client.h"

namespace resgate::test {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view m = R"({"string":"foo","int":42,"bool":true,"null":null})";
constexpr std::string_view invalid_params =
    R"({"code":"system.invalidParams","message":"Invalid parameters"})";

std::string error(std::string_view body) {
    return R"({"error":)" + std::string(body) + "}";
}

api::Settings mapped() {
    api::Settings settings;
    settings.put_method = settings.delete_method = settings.patch_method = "mappedMethod";
    return settings;
}

// [HTTP-80], [HTTP-81], [HTTP-83], [HTTP-58]
TEST(Get, AsksForAccessAndContentAtOnce) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/test/model");
    EXPECT_EQ(web.core.pending_subjects().size(), 2U);
    const ServiceCall access = web.core.take("access.test.model");
    EXPECT_EQ(access.payload["isHttp"], true);
    EXPECT_EQ(access.payload["token"], nullptr);
    EXPECT_TRUE(access.payload["cid"].is_string());
    EXPECT_EQ(access.payload.size(), 3U);
    const ServiceCall get = web.core.take("get.test.model");
    EXPECT_EQ(get.payload, Json::object());

    web.core.reply(access, granted);
    EXPECT_FALSE(exchange->response);
    web.core.reply(get, model(m));
    expect_json(exchange->answered(), 200, m);
    EXPECT_FALSE(exchange->answered().close);
}

// [HTTP-81]
TEST(Get, IsRefusedWithoutWaitingForTheContent) {
    for (const auto& [reply, status, body] :
         {std::tuple{std::string(denied), 401, denied_body},
          std::tuple{error(invalid_params), 400, invalid_params},
          std::tuple{std::string(not_found), 404, not_found_body}}) {
        WebApi web;
        const auto exchange = web.send("GET", "/api/test/model");
        web.core.answer("access.test.model", reply);
        expect_json(exchange->answered(), status, body);
    }
}

// [HTTP-82]
TEST(Get, AnswersErrorsOfTheResource) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/test/model");
    web.core.serve("test.model", error(R"({"code":"a.b","message":"M","data":{"n":1.50}})"));
    expect_json(exchange->answered(), 400, R"({"code":"a.b","message":"M","data":{"n":1.5}})");
    EXPECT_NE(exchange->answered().body.find("1.50"), std::string::npos);
}

TEST(Get, TimesOut) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/test/model");
    web.core.advance(milliseconds(10000));
    expect_json(exchange->answered(), 404, timeout_body);
}

// [HTTP-C24]
TEST(Get, AsksOnlyForAccessToWhatIsCached) {
    WebApi web;
    const auto first = web.send("GET", "/api/test/model/parent");
    web.core.serve("test.model.parent", model(R"({"child":{"rid":"test.model"}})"));
    web.core.answer("get.test.model", model(m));
    EXPECT_EQ(first->answered().status, 200);
    web.finish_turn();

    const auto second = web.send("GET", "/api/test/model");
    web.core.answer("access.test.model", granted);
    expect_json(second->answered(), 200, m);
    web.core.expect_no_request();

    const auto third = web.send("GET", "/api/test/model");
    web.core.answer("access.test.model", denied);
    expect_json(third->answered(), 401, denied_body);

    const auto fourth = web.send("GET", "/api/test/model/second");
    web.core.serve("test.model.second", model(R"({"child":{"rid":"test.model"}})"));
    EXPECT_EQ(fourth->answered().status, 200);
    web.core.expect_no_request();
}

// [HTTP-80]: access is asked for each request.
TEST(Get, SharesNoAccessBetweenRequestsUnderWay) {
    WebApi web;
    const auto first = web.send("GET", "/api/test/model");
    const auto second = web.send("GET", "/api/test/model");
    const ServiceCall one = web.core.take("access.test.model");
    const ServiceCall other = web.core.take("access.test.model");
    EXPECT_NE(one.payload["cid"], other.payload["cid"]);  // [HTTP-55]
    web.core.answer("get.test.model", model(m));
    web.core.reply(one, granted);
    web.core.reply(other, denied);
    EXPECT_EQ(first->answered().status, 200);
    EXPECT_EQ(second->answered().status, 401);
    web.core.expect_no_request();
}

// [HTTP-C26], [HTTP-84]
TEST(Get, PassesTheQueryOn) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/test/model?q=foo&f=bar");
    const ServiceCall access = web.core.take("access.test.model");
    EXPECT_EQ(access.payload["query"], "q=foo&f=bar");
    EXPECT_EQ(access.payload["isHttp"], true);
    EXPECT_EQ(access.payload["token"], nullptr);
    web.core.reply(access, granted);
    const ServiceCall get = web.core.take("get.test.model");
    EXPECT_EQ(get.payload, Json({{"query", "q=foo&f=bar"}}));
    web.core.reply(get, R"({"result":{"model":{"a":1},"query":"f=bar&q=foo"}})");
    expect_json(exchange->answered(), 200, R"({"a":1})");
}

// [HTTP-C27]
TEST(Get, FailsOnSubjectsThatAreTooLong) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/test/" + std::string(10000, 'a'));
    expect_json(exchange->answered(), 414, too_long_body);

    const std::string query(10000, 'a');
    const auto with_query = web.send("GET", "/api/test/model?" + query);
    EXPECT_EQ(web.core.take("access.test.model").payload["query"], query);
}

// [HTTP-C28], [HTTP-83]: the transport leaves the body out.
TEST(Get, IsTheSameForHead) {
    WebApi web;
    const auto exchange = web.send("HEAD", "/api/test/model");
    web.core.serve("test.model", model(m));
    expect_json(exchange->answered(), 200, m);

    const auto missing = web.send("HEAD", "/api/test/missing");
    web.core.serve("test.missing", not_found);
    expect_json(missing->answered(), 404, not_found_body);
}

// [HTTP-29]
TEST(Get, ReplacesTheConnectionIdTag) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/session/%7Bcid%7D");
    const auto subjects = web.core.pending_subjects();
    const auto access = std::find_if(subjects.begin(), subjects.end(), [](const auto& subject) {
        return subject.starts_with("access.session.");
    });
    ASSERT_NE(access, subjects.end());
    const ServiceCall call = web.core.take(*access);
    EXPECT_EQ("access.session." + call.payload["cid"].get<std::string>(), call.subject);
}

// [HTTP-56]
TEST(Get, GivesTheConnectionAnIdFitForSubjects) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/test/model");
    const auto cid = web.core.take("access.test.model").payload["cid"].get<std::string>();
    EXPECT_EQ(cid.size(), 22U);
    EXPECT_EQ(cid.find_first_not_of("0123456789abcdefghijklmnopqrstuv"), std::string::npos) << cid;
}

// [HTTP-55]
TEST(Get, EndsItsConnectionOnceAnswered) {
    WebApi web;
    auto exchange = web.send("GET", "/api/test/model");
    EXPECT_EQ(web.sessions(), 1U);
    web.core.serve("test.model", model(m));
    EXPECT_TRUE(exchange->response);
    web.finish_turn();
    EXPECT_EQ(web.sessions(), 0U);
    web.leave(std::move(exchange));
    EXPECT_EQ(web.sessions(), 0U);
}

// [HTTP-59]
TEST(Get, EndsItsConnectionWhenTheClientGoesAway) {
    WebApi web;
    auto exchange = web.send("GET", "/api/test/model");
    const ServiceCall access = web.core.take("access.test.model");
    const ServiceCall get = web.core.take("get.test.model");
    web.leave(std::move(exchange));
    EXPECT_EQ(web.sessions(), 0U);
    web.core.reply(access, granted);
    web.core.reply(get, model(m));
    EXPECT_EQ(web.core.log.take_errors(), 0U);
}

/// Nobody keeps it beyond its response.
class ShortLived final : public api::PendingRequest {
  public:
    ShortLived(api::ResourceApi& api, http::Request&& request, api::Action&& action, int& status)
        : PendingRequest(api, std::move(request), std::move(action)), status_(status) {}

  private:
    std::string remote_address() const override { return {}; }

    void respond(http::Response& response) override {
        status_ = response.status;
        delete this;
    }

    int& status_;
};

TEST(Get, MayBeForgottenWhileItIsAnswered) {
    WebApi web;
    int status = 0;
    http::Request request;
    request.target = "/api/test/model";
    api::Action action;
    ASSERT_FALSE(web.api().examine(request, action));
    (new ShortLived(web.api(), std::move(request), std::move(action), status))->start();
    web.core.settle();
    EXPECT_EQ(status, 0);
    web.core.serve("test.model", model(m));
    EXPECT_EQ(status, 200);
    web.finish_turn();
    EXPECT_EQ(web.sessions(), 0U);
}

// [HTTP-C40], [HTTP-C41], [HTTP-85], [HTTP-86]
TEST(Call, IsMadeOnceAccessIsGranted) {
    for (const char* const permitted : {"*", "method", "foo,method"}) {
        WebApi web;
        const auto exchange = web.send("POST", "/api/test/model/method", R"({"value":42})");
        EXPECT_EQ(web.core.pending_subjects(), std::vector<std::string>{"access.test.model"});
        web.core.answer("access.test.model",
                        R"({"result":{"call":")" + std::string(permitted) + R"("}})");
        EXPECT_EQ(web.core.pending_subjects(), std::vector<std::string>{"call.test.model.method"});
        const ServiceCall call = web.core.take("call.test.model.method");
        EXPECT_EQ(call.payload["params"], Json({{"value", 42}}));
        web.core.reply(call, R"({"result": {"foo" : 1.50}})");
        expect_json(exchange->answered(), 200, R"({"foo":1.5})");
        EXPECT_EQ(exchange->answered().body, R"({"foo" : 1.50})");  // [HTTP-87]: verbatim
    }
}

// [HTTP-C42], [HTTP-86]: elements are not trimmed.
TEST(Call, IsNotMadeWithoutAccess) {
    for (const char* const access :
         {R"({"get":true,"call":"foo,bar"})", R"({"get":true})", R"({"call":"foo, method"})"}) {
        WebApi web;
        const auto exchange = web.send("POST", "/api/test/model/method");
        web.core.answer("access.test.model", R"({"result":)" + std::string(access) + "}");
        expect_json(exchange->answered(), 401, denied_body);
        web.core.expect_no_request();
    }
}

// [HTTP-C43], [HTTP-C49]
TEST(Call, TimesOut) {
    WebApi web;
    const auto exchange = web.send("POST", "/api/test/model/method");
    web.core.take("access.test.model");
    web.core.advance(milliseconds(10000));
    expect_json(exchange->answered(), 404, timeout_body);
    web.core.expect_no_request();

    const auto called = web.send("POST", "/api/test/model/method");
    web.core.answer("access.test.model", full);
    web.core.take("call.test.model.method");
    web.core.advance(milliseconds(10000));
    expect_json(called->answered(), 404, timeout_body);
}

struct Outcome {
    std::string reply;
    int status;
    std::string body;  ///< empty = none
    std::optional<std::string> location;
};

http::Response outcome_of(WebApi& web, std::string_view method, std::string_view target,
                          const std::string& subject, std::string_view reply) {
    const auto exchange = web.send(method, target);
    web.core.answer("access.test.model", full);
    web.core.answer(subject, reply);
    web.core.expect_no_request();
    return exchange->answered();
}

// [HTTP-C44] to [HTTP-C47], [HTTP-87]
TEST(Call, AnswersWhatTheServiceAnswered) {
    const std::string unknown = R"({"code":"system.methodNotFound","message":"Method not found"})";
    const std::vector<Outcome> outcomes{
        {error(invalid_params), 400, std::string(invalid_params), {}},
        {error(unknown), 404, unknown, {}},
        {R"({"result":null})", 204, {}, {}},
        {R"({"result":false})", 200, "false", {}},
        {R"({"resource":{"rid":"test.model"}})", 200, {}, "/api/test/model"},
        {R"({"resource":{"rid":"test.model?a=b"},"result":1})", 200, {}, "/api/test/model%3Fa=b"},
    };
    for (const Outcome& outcome : outcomes) {
        SCOPED_TRACE(outcome.reply);
        WebApi web;
        const auto response = outcome_of(web, "POST", "/api/test/model/method",
                                         "call.test.model.method", outcome.reply);
        if (outcome.body.empty())
            expect_empty(response, outcome.status);
        else
            expect_json(response, outcome.status, outcome.body);
        EXPECT_EQ(header(response, "Location"), outcome.location);
    }
}

// [HTTP-C48], [HTTP-87]
TEST(Call, FailsOnInvalidReplies) {
    for (const char* const reply :
         {R"({"resource":"test.model"})", R"({"resource":{}})", R"({"resource":{"rid":42}})",
          R"({"resource":{"rid":"test..model"}})", "{}", "{]", R"({"error":5})"}) {
        SCOPED_TRACE(reply);
        WebApi web;
        const auto response =
            outcome_of(web, "POST", "/api/test/model/method", "call.test.model.method", reply);
        EXPECT_EQ(response.status, 500);
        const Json body = Json::parse(response.body);
        EXPECT_EQ(body["code"], "system.internalError");
        const auto message = body["message"].get<std::string>();  // [HTTP-112]
        EXPECT_TRUE(message.starts_with("Internal error: ")) << message;
        EXPECT_EQ(message.find("Internal error", 1), std::string::npos) << message;
        EXPECT_EQ(header(response, "Location"), std::nullopt);
    }
}

TEST(Call, IsNotFoundWithoutResponders) {
    WebApi web;
    const auto exchange = web.send("POST", "/api/test/model/method");
    web.core.answer("access.test.model", full);
    web.core.reply_no_responders(web.core.take("call.test.model.method"));
    expect_json(exchange->answered(), 404, not_found_body);
}

// [HTTP-65]
TEST(Call, FailsOnBodiesTheMessagingSystemCannotTake) {
    WebApi web;
    const auto exchange =
        web.send("POST", "/api/test/model/method", '"' + std::string(Core::max_payload, 'a') + '"');
    web.core.answer("access.test.model", full);
    web.core.settle();
    EXPECT_EQ(exchange->answered().status, 500);
    EXPECT_EQ(Json::parse(exchange->answered().body)["code"], "system.internalError");
}

// [HTTP-C50]
TEST(Call, PassesTheQueryOn) {
    WebApi web;
    const auto exchange = web.send("POST", "/api/test/model/method?q=foo&f=bar");
    const ServiceCall access = web.core.take("access.test.model");
    EXPECT_EQ(access.payload["query"], "q=foo&f=bar");
    EXPECT_EQ(access.payload["isHttp"], true);
    web.core.reply(access, full);
    const ServiceCall call = web.core.take("call.test.model.method");
    EXPECT_EQ(call.payload["query"], "q=foo&f=bar");
    EXPECT_EQ(call.payload["isHttp"], true);
}

// [HTTP-C52]
TEST(Call, FailsOnSubjectsThatAreTooLong) {
    WebApi web;
    const std::string text(10000, 'a');
    const auto part = web.send("POST", "/api/test/" + text + "/method");
    web.core.settle();
    expect_json(part->answered(), 414, too_long_body);

    const auto method = web.send("POST", "/api/test/" + text);
    web.core.answer("access.test", full);
    web.core.settle();
    expect_json(method->answered(), 414, too_long_body);

    const auto query = web.send("POST", "/api/test/method?" + text);
    web.core.answer("access.test", full);
    EXPECT_EQ(web.core.take("call.test.method").payload["query"], text);
}

// [HTTP-C51], [HTTP-89]
TEST(Call, TakesALegacyResultOfNewForAResource) {
    for (const auto& [reply, errors] : {std::pair{R"({"result":{"rid":"test.model"}})", 1U},
                                        std::pair{R"({"resource":{"rid":"test.model"}})", 0U}}) {
        WebApi web;
        for (int i = 0; i < 2; ++i) {
            const auto response =
                outcome_of(web, "POST", "/api/test/model/new", "call.test.model.new", reply);
            expect_empty(response, 200);
            EXPECT_EQ(header(response, "Location"), "/api/test/model");
        }
        EXPECT_EQ(web.core.log.take_errors(), errors);  // once per service
    }
    WebApi web;
    EXPECT_EQ(outcome_of(web, "POST", "/api/test/model/new", "call.test.model.new",
                         R"({"result":{"rid":"test..model"}})")
                  .status,
              500);
    expect_json(outcome_of(web, "POST", "/api/test/model/other", "call.test.model.other",
                           R"({"result":{"rid":"test.model"}})"),
                200, R"({"rid":"test.model"})");
}

// [HTTP-C53], [HTTP-88]
TEST(Call, StandsForMappedMethods) {
    const std::string unknown = R"({"code":"system.methodNotFound","message":"Method not found"})";
    const std::vector<Outcome> outcomes{
        {R"({"result":"zoo"})", 200, R"("zoo")", {}},
        {error(invalid_params), 400, std::string(invalid_params), {}},
        {error(denied_body), 401, std::string(denied_body), {}},
        {error(unknown), 405, std::string(not_allowed_body), {}},
    };
    for (const char* const method : {"PUT", "DELETE", "PATCH"}) {
        for (const Outcome& outcome : outcomes) {
            SCOPED_TRACE(method + outcome.reply);
            WebApi web(mapped());
            const auto exchange = web.send(method, "/api/test/model", R"({"foo":"bar"})");
            web.core.answer("access.test.model", full);
            const ServiceCall call = web.core.take("call.test.model.mappedMethod");
            EXPECT_EQ(call.payload["params"], Json({{"foo", "bar"}}));
            web.core.reply(call, outcome.reply);
            expect_json(exchange->answered(), outcome.status, outcome.body);
        }
        WebApi web(mapped());
        const auto exchange = web.send(method, "/api/test/model");
        web.core.answer("access.test.model", error(unknown));
        expect_json(exchange->answered(), 405, not_allowed_body);
    }
}

// [HTTP-59]: a call that waits for its access reply is not made.
TEST(Call, IsNotMadeForAClientThatWentAway) {
    WebApi web;
    auto exchange = web.send("POST", "/api/test/model/method");
    const ServiceCall access = web.core.take("access.test.model");
    web.leave(std::move(exchange));
    EXPECT_EQ(web.sessions(), 0U);
    web.core.reply(access, full);
    web.core.expect_no_request();

    exchange = web.send("POST", "/api/test/model/method");
    web.core.answer("access.test.model", full);
    const ServiceCall call = web.core.take("call.test.model.method");
    web.leave(std::move(exchange));
    web.core.reply(call, R"({"result":1})");
    EXPECT_EQ(web.core.log.take_errors(), 0U);
}

// [HTTP-55], [HTTP-73]: a token that was set meanwhile goes with the call.
TEST(Call, CarriesTheTokenOfItsConnection) {
    WebApi web;
    const auto exchange = web.send("POST", "/api/test/model/method");
    const ServiceCall access = web.core.take("access.test.model");
    web.core.publish("conn." + access.payload["cid"].get<std::string>() + ".token",
                     R"({"token":{"user":"foo"}})");
    web.core.reply(access, full);
    EXPECT_EQ(web.core.take("call.test.model.method").payload["token"], Json({{"user", "foo"}}));
}

}  // namespace
}  // namespace resgate::test
