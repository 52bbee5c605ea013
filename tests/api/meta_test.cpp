#include "api/meta.h"

#include "api/web_client.h"

// Meta objects in replies, as section 9 of part 60 has it.
namespace resgate::test {
namespace {

using Values = std::vector<std::string>;

constexpr std::string_view m = R"({"string":"foo","int":42,"bool":true,"null":null})";
constexpr std::string_view custom = R"({"code":"test.custom","message":"Custom","data":{"n":1}})";
constexpr std::string_view page = "http://example.com";
const std::string redirect = R"("meta":{"status":307,"header":{"Location":["/elsewhere"]}})";
const std::string nothing = R"("result":null)";

/// The members of the replies to one request, without braces. Without `auth` there is no header
/// authentication; without another one, its request must not have been made.
struct Replies {
    std::optional<std::string> auth;
    std::optional<std::string> access;
    std::optional<std::string> call;
};

std::string with_header(const std::string& header) {
    return R"("meta":{"header":{)" + header + "}}";
}

std::string with_status(int status) {
    return R"("meta":{"status":)" + std::to_string(status) + "}";
}

/// An answer, and the number of error lines it took.
struct Outcome {
    http::Response response;
    std::size_t errors = 0;
    std::string lines{};  ///< of the response, which outlives who made them

    Values values(std::string_view name) const {
        Values values;
        if (const auto value = header_in(lines, name))
            values.push_back(*value);
        for (const http::Header& header : response.headers) {
            if (http::equal_ignoring_case(header.name, name))
                values.push_back(header.value);
        }
        return values;
    }
};

Outcome finish(WebApi& web, const Exchange& exchange) {
    Outcome outcome{exchange.answered(), web.core.log.take_errors()};
    outcome.lines = std::exchange(outcome.response.lines, {});
    EXPECT_EQ(outcome.values("Access-Control-Allow-Origin"), Values{std::string(page)});
    web.finish_turn();
    EXPECT_EQ(web.sessions(), 0U);
    return outcome;
}

api::Settings settings_for(const Replies& replies) {
    api::Settings settings;
    settings.origins = http::AllowedOrigins({std::string(page)});
    if (replies.auth)
        settings.header_auth = {"vault", "method"};
    settings.put_method = "method";
    return settings;
}

std::string braced(const std::string& members) {
    return "{" + members + "}";
}

/// GET of test.model; the get request is answered too if access let it through.
Outcome get(const Replies& replies) {
    WebApi web(settings_for(replies));
    const auto exchange = web.send("GET", "/api/test/model", {}, {{"Origin", std::string(page)}});
    if (replies.auth)
        web.core.answer("auth.vault.method", braced(*replies.auth));
    if (replies.access) {
        web.core.answer("access.test.model", braced(*replies.access));
        if (exchange->response) {  // [HTTP-81]: sent already, and of no consequence
            web.core.take("get.test.model");
        } else {
            web.core.answer("get.test.model", model(m));
        }
    }
    web.core.expect_no_request();
    return finish(web, *exchange);
}

Outcome call(const Replies& replies, std::string_view method = "POST",
             std::string_view target = "/api/test/model/method") {
    WebApi web(settings_for(replies));
    const auto exchange = web.send(method, target, {}, {{"Origin", std::string(page)}});
    if (replies.auth)
        web.core.answer("auth.vault.method", braced(*replies.auth));
    if (replies.access)
        web.core.answer("access.test.model", braced(*replies.access));
    if (replies.call)
        web.core.answer("call.test.model.method", braced(*replies.call));
    web.core.expect_no_request();
    return finish(web, *exchange);
}

const std::string readable = R"("result":{"get":true})";
const std::string callable = R"("result":{"call":"method"})";

/// The replies to a GET whose auth reply, and then whose access reply, has this meta.
std::vector<Replies> gets_with(const std::string& meta) {
    return {{nothing + "," + meta, readable, {}}, {{}, readable + "," + meta, {}}};
}

/// The same for calls, in each of the three replies.
std::vector<Replies> calls_with(const std::string& meta) {
    return {{nothing + "," + meta, callable, nothing},
            {{}, callable + "," + meta, nothing},
            {{}, callable, nothing + "," + meta}};
}

// [HTTP-C70] to [HTTP-C72], [HTTP-C85], [HTTP-C89], [HTTP-102]
TEST(Meta, AddsHeaders) {
    const std::vector<std::tuple<std::string, std::string, Values>> cases{
        {R"("Test-Header":["foo"])", "Test-Header", {"foo"}},
        {R"("test-header":["foo"])", "Test-Header", {"foo"}},
        {R"("Test-Header":["foo","bar"])", "Test-Header", {"foo", "bar"}},
        {R"("Set-Cookie":["id=foo; Max-Age=86400"])", "Set-Cookie", {"id=foo; Max-Age=86400"}},
        {R"("test-header":["foo"],"TEST-HEADER":["bar"])", "Test-Header", {"foo", "bar"}},
    };
    for (const auto& [written, name, values] : cases) {
        SCOPED_TRACE(written);
        for (const Replies& replies : gets_with(with_header(written))) {
            const Outcome outcome = get(replies);
            expect_json(outcome.response, 200, m);
            EXPECT_EQ(outcome.values(name), values);
            EXPECT_EQ(outcome.errors, 0U);
        }
        for (const Replies& replies : calls_with(with_header(written))) {
            const Outcome outcome = call(replies);
            expect_empty(outcome.response, 204);
            EXPECT_EQ(outcome.values(name), values);
        }
    }
}

// [HTTP-102]: canonical as they are written.
TEST(Meta, WritesHeaderNamesInTheirCanonicalForm) {
    http::Headers headers;
    api::merge_headers(headers,
                       {{}, {{"x-fOO-1b", {"v"}}, {"not a name", {"v"}}, {"", {"v"}}}, {}, {}});
    ASSERT_EQ(headers.size(), 1U);
    EXPECT_EQ(headers[0].name, "X-Foo-1b");
}

// [HTTP-104]
TEST(Meta, CleansValues) {
    http::Headers headers;
    api::merge_headers(headers, {{}, {{"A", {" \ta\r\nb\t ", "\r\n", ""}}}, {}, {}});
    ASSERT_EQ(headers.size(), 3U);
    EXPECT_EQ(headers[0].value, "a  b");
    EXPECT_EQ(headers[1].value, "");
    EXPECT_EQ(headers[2].value, "");
}

// [HTTP-C73], [HTTP-105], [HTTP-107]
TEST(Meta, OfHeaderAuthenticationRedirects) {
    for (const auto& send : {get, +[](const Replies& replies) { return call(replies); }}) {
        const Outcome outcome = send({nothing + "," + redirect, {}, {}});
        expect_empty(outcome.response, 307);
        EXPECT_EQ(outcome.values("Location"), Values{"/elsewhere"});
        EXPECT_EQ(outcome.values("Access-Control-Allow-Credentials"), Values{"true"});
        EXPECT_EQ(outcome.errors, 0U);
    }
}

// [HTTP-C74], [HTTP-107]
TEST(Meta, RedirectsToTheResource) {
    const std::string resource = R"("resource":{"rid":"test.redirect"},)";
    EXPECT_EQ(get({resource + with_status(307), {}, {}}).values("Location"),
              Values{"/api/test/redirect"});
    // A Location of the meta goes first, and an error does not matter.
    EXPECT_EQ(get({resource + redirect, {}, {}}).values("Location"), Values{"/elsewhere"});
    const Outcome outcome =
        call({{}, callable, resource + R"("error":{"code":"c"},)" + with_status(303)});
    expect_empty(outcome.response, 303);
    EXPECT_EQ(outcome.values("Location"), Values{"/api/test/redirect"});
    // Nowhere to go to.
    expect_empty(get({nothing + "," + with_status(300), {}, {}}).response, 300);
}

/// Each kind of direct error, with or without a header.
template <typename Check>
void for_each_error(Check check) {
    for (const int status : {407, 507}) {
        for (const bool with_headers : {false, true}) {
            const std::string header = with_headers ? R"("header":{"Test-Header":["bar"]},)" : "";
            check(status, with_headers ? Values{"bar"} : Values{},
                  R"("error":)" + std::string(custom) + R"(,"meta":{)" + header + R"("status":)" +
                      std::to_string(status) + "}");
        }
    }
}

// [HTTP-C75], [HTTP-C81], [HTTP-C88], [HTTP-C95], [HTTP-108]
TEST(Meta, GivesErrorsAnotherStatus) {
    for_each_error([](int status, const Values& header, const std::string& reply) {
        const std::string auth = nothing + "," + with_header(R"("Test-Auth":["foo"])");
        const std::vector<std::pair<Outcome, Values>> outcomes{
            {get({reply, {}, {}}), {}},        {get({{}, reply, {}}), {}},
            {get({auth, reply, {}}), {"foo"}}, {call({reply, {}, {}}), {}},
            {call({{}, reply, {}}), {}},       {call({auth, reply, {}}), {"foo"}},
            {call({{}, callable, reply}), {}}, {call({auth, callable, reply}), {"foo"}},
        };
        for (const auto& [outcome, auth_header] : outcomes) {
            expect_json(outcome.response, status, custom);
            EXPECT_EQ(outcome.values("Test-Header"), header);
            EXPECT_EQ(outcome.values("Test-Auth"), auth_header);
            EXPECT_EQ(outcome.errors, 0U);
        }
    });
}

// [HTTP-C76], [HTTP-C77], [HTTP-C90], [HTTP-C91], [HTTP-104]
TEST(Meta, LetsTheLaterReplyReplaceAHeader) {
    const auto test_header = [](const std::string& name, const std::string& value) {
        return "," + with_header("\"" + name + "\":[\"" + value + "\"]");
    };
    Outcome outcome = get({nothing + test_header("Test-Header", "foo"),
                           readable + test_header("test-header", "bar"),
                           {}});
    EXPECT_EQ(outcome.values("Test-Header"), Values{"bar"});

    outcome = get({nothing + test_header("Test-Auth", "foo"),
                   readable + test_header("Test-Access", "bar"),
                   {}});
    EXPECT_EQ(outcome.values("Test-Auth"), Values{"foo"});
    EXPECT_EQ(outcome.values("Test-Access"), Values{"bar"});

    outcome = call({{},
                    callable + test_header("Test-Header", "bar"),
                    nothing + test_header("Test-Header", "foo")});
    EXPECT_EQ(outcome.values("Test-Header"), Values{"foo"});

    outcome =
        call({nothing + test_header("Test-Auth", "a"), callable + test_header("Test-Access", "b"),
              nothing + test_header("Test-Call", "c")});
    EXPECT_EQ(outcome.values("Test-Auth"), Values{"a"});
    EXPECT_EQ(outcome.values("Test-Access"), Values{"b"});
    EXPECT_EQ(outcome.values("Test-Call"), Values{"c"});
}

// [HTTP-C78], [HTTP-C92], [HTTP-104]
TEST(Meta, CollectsCookies) {
    const auto cookie = [](const std::string& value) {
        return "," + with_header("\"set-cookie\":[\"" + value + "\"]");
    };
    EXPECT_EQ(get({nothing + cookie("a"), readable + cookie("b"), {}}).values("Set-Cookie"),
              (Values{"a", "b"}));
    EXPECT_EQ(call({nothing + cookie("a"), callable + cookie("b"), nothing + cookie("c")})
                  .values("Set-Cookie"),
              (Values{"a", "b", "c"}));
    EXPECT_EQ(call({nothing + cookie("a"), callable, nothing + cookie("c")}).values("Set-Cookie"),
              (Values{"a", "c"}));
}

// [HTTP-104]: also what the gateway itself had set.
TEST(Meta, RemovesAndReplacesHeaders) {
    for (const char* const none : {"[]", "null"}) {
        const Outcome outcome = call(
            {nothing + "," + with_header(R"("A":["a"])"), callable,
             nothing + "," + with_header(R"("a":)" + std::string(none) + R"(,"Vary":)" + none)});
        EXPECT_EQ(outcome.values("A"), Values{});
        EXPECT_EQ(outcome.values("Vary"), Values{});
    }
    EXPECT_EQ(get({{}, readable + "," + with_header(R"("Vary":["Cookie"])"), {}}).values("Vary"),
              Values{"Cookie"});
    EXPECT_EQ(get({{}, readable, {}}).values("Vary"), Values{"Origin"});
}

// [HTTP-104]: with errors too.
TEST(Meta, AddsHeadersToErrors) {
    const std::string header = "," + with_header(R"("A":["a"])");
    Outcome outcome = get({{}, R"("result":{"get":false})" + header, {}});
    expect_json(outcome.response, 401, denied_body);
    EXPECT_EQ(outcome.values("A"), Values{"a"});
    outcome = call({{}, callable, R"("error":)" + std::string(custom) + header});
    expect_json(outcome.response, 400, custom);
    EXPECT_EQ(outcome.values("A"), Values{"a"});
}

// [HTTP-C79], [HTTP-C86], [HTTP-C93], [HTTP-105]
TEST(Meta, OfAccessAndCallRedirects) {
    for (const Outcome& outcome :
         {get({{}, readable + "," + redirect, {}}), call({{}, callable + "," + redirect, {}}),
          call({{}, callable, nothing + "," + redirect}),
          call({{}, callable, R"("error":)" + std::string(custom) + "," + redirect})}) {
        expect_empty(outcome.response, 307);
        EXPECT_EQ(outcome.values("Location"), Values{"/elsewhere"});
        EXPECT_EQ(outcome.errors, 0U);
    }
}

// [HTTP-C80], [HTTP-C94]
TEST(Meta, OfAccessDoesNotRedirectToTheResourceOfHeaderAuthentication) {
    const std::string auth = R"("resource":{"rid":"test.redirect"})";
    for (const Outcome& outcome : {get({auth, readable + "," + with_status(307), {}}),
                                   call({auth, callable + "," + with_status(307), {}})}) {
        expect_empty(outcome.response, 307);
        EXPECT_EQ(outcome.values("Location"), Values{});
    }
}

// [HTTP-C87]
TEST(Meta, OfCallRedirectsToItsResource) {
    const Outcome outcome =
        call({{}, callable, R"("resource":{"rid":"test.redirect"},)" + with_status(307)});
    expect_empty(outcome.response, 307);
    EXPECT_EQ(outcome.values("Location"), Values{"/api/test/redirect"});
}

// [HTTP-109]
TEST(Meta, YieldsToTheLocationOfAResource) {
    const Outcome outcome =
        call({{},
              callable,
              R"("resource":{"rid":"test.model"},)" + with_header(R"("Location":["/elsewhere"])")});
    expect_empty(outcome.response, 200);
    EXPECT_EQ(outcome.values("Location"), Values{"/api/test/model"});
}

// [HTTP-C82], [HTTP-C96], [HTTP-103]
TEST(Meta, CannotSetProtectedHeaders) {
    const std::string own = with_header(
        R"("Access-Control-Allow-Credentials":["foo"],"access-control-allow-origin":["foo"],
           "Content-Type":["text/html; charset=utf-8"],"Sec-WebSocket-Extensions":["foo"],
           "Sec-Websocket-Protocol":["foo"],"Content-Length":["1"],"Transfer-Encoding":["chunked"],
           "Connection":["close"],"Keep-Alive":["timeout=1"],"Trailer":["A"],"TE":["trailers"],
           "Upgrade":["foo"],"Sec-WebSocket-Accept":["foo"])");
    for (const Replies& replies : gets_with(own)) {
        const Outcome outcome = get(replies);
        expect_json(outcome.response, 200, m);
        EXPECT_EQ(outcome.values("Access-Control-Allow-Credentials"),
                  replies.auth ? Values{"true"} : Values{});
        EXPECT_EQ(outcome.response.headers.size(), 2U);  // the other of CORS, and Vary
    }
    for (const Replies& replies : calls_with(own)) {
        const Outcome outcome = call(replies);
        expect_empty(outcome.response, 204);
        EXPECT_EQ(outcome.response.headers.size(), 2U);
    }
}

// [HTTP-C83], [HTTP-C84], [HTTP-C97], [HTTP-106]
TEST(Meta, OfAnotherStatusIsIgnoredAndLogged) {
    for (const int status : {206, 299, 600, 601, -1, 0}) {
        for (const Replies& replies : gets_with(with_status(status))) {
            const Outcome outcome = get(replies);
            expect_json(outcome.response, 200, m);
            EXPECT_EQ(outcome.errors, 1U);
        }
        for (const Replies& replies : calls_with(with_status(status))) {
            const Outcome outcome = call(replies);
            expect_empty(outcome.response, 204);
            EXPECT_EQ(outcome.errors, 1U);
        }
    }
}

// [HTTP-106]: the last one counts.
TEST(Meta, LogsOneInvalidStatusAtMost) {
    const std::string invalid = "," + with_status(206);
    EXPECT_EQ(call({nothing + invalid, callable + invalid, nothing + invalid}).errors, 1U);
    EXPECT_EQ(call({nothing + invalid, callable + "," + redirect, {}}).errors, 0U);
    EXPECT_EQ(get({nothing + invalid, R"("result":{"get":false})", {}}).errors, 1U);

    WebApi web(settings_for({nothing, {}, {}}));
    const auto exchange = web.send("GET", "/api/test/model");
    web.core.answer("auth.vault.method", R"({"result":null,"meta":{"status":601}})");
    web.core.answer("access.test.model", denied);
    EXPECT_EQ(web.core.log.take_errors(), 1U);
    EXPECT_TRUE(
        std::any_of(web.core.log.lines.begin(), web.core.log.lines.end(),
                    [](const auto& line) { return line.second == "Invalid meta status: 601"; }));
}

// [HTTP-101]
TEST(Meta, OfTheWrongTypeSpoilsTheReply) {
    for (const char* const meta :
         {R"("meta":{"status":"307"})", R"("meta":{"status":307.5})", R"("meta":[])",
          R"("meta":{"header":{"A":"a"}})", R"("meta":{"header":{"A":[1]}})"}) {
        SCOPED_TRACE(meta);
        const std::string spoilt = "," + std::string(meta);
        for (const Outcome& outcome :
             {get({{}, readable + spoilt, {}}), call({{}, callable + spoilt, {}}),
              call({{}, callable, nothing + spoilt})}) {
            EXPECT_EQ(outcome.response.status, 500);
            EXPECT_EQ(Json::parse(outcome.response.body)["code"], "system.internalError");
        }
        expect_json(get({nothing + spoilt, readable, {}}).response, 200, m);
    }
    expect_json(get({{}, readable + R"(,"meta":{"status":null,"header":null})", {}}).response, 200,
                m);
}

// [HTTP-100]
TEST(Meta, OfGetRepliesIsIgnored) {
    WebApi web;
    const auto exchange = web.send("GET", "/api/test/model");
    web.core.answer("access.test.model", granted);
    web.core.answer("get.test.model",
                    R"({"result":{"model":{"a":1}},"meta":{"status":404,"header":{"A":["a"]}}})");
    expect_json(exchange->answered(), 200, R"({"a":1})");
    EXPECT_EQ(header(exchange->answered(), "A"), std::nullopt);
}

// [HTTP-108]: mapped methods too get the service's own error.
TEST(Meta, LeavesErrorsOfMappedMethodsAsTheyAre) {
    const std::string unknown = R"({"code":"system.methodNotFound","message":"Method not found"})";
    const Outcome outcome = call({{}, callable, R"("error":)" + unknown + "," + with_status(410)},
                                 "PUT", "/api/test/model");
    expect_json(outcome.response, 410, unknown);
}

// [HTTP-C98], [HTTP-111]
TEST(Meta, StandsForAnErrorByItself) {
    const std::string denied_error(denied_body);
    const std::string forbidden = R"({"code":"system.forbidden","message":"Forbidden"})";
    const std::string missing(not_found_body);
    const std::string not_allowed(not_allowed_body);
    const std::string timeout(timeout_body);
    const std::string bad = R"({"code":"system.badRequest","message":"Bad request"})";
    const std::string unknown = R"({"code":"system.notImplemented","message":"Not implemented"})";
    const std::string away =
        R"({"code":"system.serviceUnavailable","message":"Service unavailable"})";
    const std::string internal = R"({"code":"system.internalError","message":"Internal error"})";
    const std::vector<std::pair<int, std::string>> cases{
        {401, denied_error}, {402, denied_error}, {407, denied_error}, {403, forbidden},
        {451, forbidden},    {410, missing},      {404, missing},      {405, not_allowed},
        {408, timeout},      {400, bad},          {406, bad},          {409, bad},
        {411, bad},          {501, unknown},      {503, away},         {504, timeout},
        {500, internal},     {505, internal},     {506, internal},     {507, internal},
        {508, internal},     {511, internal},
    };
    for (const auto& [status, body] : cases) {
        SCOPED_TRACE(status);
        expect_json(get({nothing + "," + with_status(status), {}, {}}).response, status, body);
        // Nor is the lack of a result an error of its own.
        expect_json(call({{}, with_status(status), {}}).response, status, body);
    }
}

}  // namespace
}  // namespace resgate::test
