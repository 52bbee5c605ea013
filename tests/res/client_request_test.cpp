#include "res/client_request.h"

#include <string>

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

// [CLI-2], [CLI-4]
TEST(ClientRequest, IsParsed) {
    std::string storage;
    const auto request = parse_client_request(
        R"( {"jsonrpc":"2.0","id":18446744073709551615,"method":"call.a.b\u002ec","params": {"x" :1} } )",
        storage);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->id, 18446744073709551615U);
    EXPECT_EQ(request->method, "call.a.b.c");
    EXPECT_EQ(request->params.value().text, R"({"x" :1})");
}

TEST(ClientRequest, NeedsOnlyAnId) {
    std::string storage;
    const auto request = parse_client_request(R"({"id":0})", storage);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "");
    EXPECT_FALSE(request->params);
    EXPECT_EQ(parse_client_request(R"({"id":1,"method":null,"params":null})", storage)->method, "");
    EXPECT_TRUE(
        parse_client_request(R"({"id":1,"params":null})", storage)->params.value().is_null());
    EXPECT_EQ(parse_client_request(R"({"id":"x","method":1,"id":7,"method":"m"})", storage)->id,
              7U);
}

// [CLI-3]
TEST(ClientRequest, IsIgnoredSilentlyIfNotInForm) {
    for (const std::string_view message : {"",
                                           " ",
                                           "{",
                                           R"({"id":1}x)",
                                           R"({"id":1}{"id":2})",
                                           "null",
                                           "[]",
                                           R"([{"id":1}])",
                                           "1",
                                           R"("x")",
                                           "{}",
                                           R"({"id":null})",
                                           R"({"id":-1})",
                                           R"({"id":-0})",
                                           R"({"id":1.0})",
                                           R"({"id":1e2})",
                                           R"({"id":"1"})",
                                           R"({"id":18446744073709551616})",
                                           R"({"ID":1})",
                                           R"({"id":true})",
                                           R"({"id":1,"method":1})",
                                           R"({"id":1,"method":["get.a"]})",
                                           R"({"id":1,"method":{}})",
                                           R"({"id":1,"id":null})"}) {
        std::string storage;
        EXPECT_FALSE(parse_client_request(message, storage)) << message;
    }
}

// [CLI-6]
TEST(ClientRequest, MethodSaysWhatIsAskedFor) {
    const auto check = [](std::string_view text, RequestType type, std::string_view rid,
                          std::string_view method) {
        const auto parsed = parse_method(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->type, type) << text;
        EXPECT_EQ(parsed->rid, rid) << text;
        EXPECT_EQ(parsed->method, method) << text;
    };
    check("version", RequestType::version, "", "");
    check("subscribe.test.model", RequestType::subscribe, "test.model", "");
    check("subscribe.test", RequestType::subscribe, "test", "");
    check("unsubscribe.a?q=x.y z", RequestType::unsubscribe, "a?q=x.y z", "");
    check("get.a.{cid}?", RequestType::get, "a.{cid}?", "");
    check("call.lib.book.42.set", RequestType::call, "lib.book.42", "set");
    check("call.lib.books?max=1.5.find", RequestType::call, "lib.books?max=1.5", "find");
    check("auth.a.b", RequestType::auth, "a", "b");
    check("new.lib.books", RequestType::new_, "lib.books", "new");
}

TEST(ClientRequest, InvalidMethodsAreInvalidRequests) {
    for (const std::string_view method : {"",
                                          "test",
                                          "new",
                                          "subscribe",
                                          "unknown.test",
                                          "call.test",
                                          "call.test.meth\xc3\xb6"
                                          "d",
                                          "call.test?foo",
                                          "call.test.method?foo",
                                          "auth.test",
                                          "subscribe..test.model",
                                          "subscribe.test..model",
                                          "subscribe.test.model.",
                                          ".subscribe.test.model",
                                          "subscribe?foo=bar",
                                          "subscribe?foo=bar.x",
                                          "subscribe.test\tmodel",
                                          "subscribe.test\nmodel",
                                          "subscribe.test\rmodel",
                                          "subscribe.test model",
                                          "subscribe.test\xef\xbf\xbdmodel",
                                          "subscribe.t\xc3\xa4st.model",
                                          "subscribe.test.*.model",
                                          "subscribe.test.>.model",
                                          "subscribe.test.model.>",
                                          "get.",
                                          "version.foo",
                                          "call.",
                                          "call..",
                                          "call.a.",
                                          "call..a",
                                          "auth.?q.m",
                                          "Get.a",
                                          "new.",
                                          "call.test.a*"}) {
        const auto parsed = parse_method(method);
        ASSERT_FALSE(parsed) << method;
        EXPECT_EQ(parsed.error(), errors::invalid_request()) << method;
    }
}

std::optional<json::Value> params(std::string_view text) {
    return text.empty() ? std::nullopt : json::parse(text);
}

// [CVE-1] to [CVE-4]: the table of 20.4.
TEST(ClientRequest, VersionParams) {
    for (const std::string_view text :
         {"", "null", "{}", R"({"foo":"bar"})", R"({"protocol":""})", R"({"protocol":null})"}) {
        const auto version = parse_version_params(params(text));
        ASSERT_TRUE(version) << text;
        EXPECT_FALSE(version->has_value()) << text;
    }
    EXPECT_EQ(*parse_version_params(params(R"({"protocol":"1.2.3"})")), latest_version);
    EXPECT_EQ(*parse_version_params(params(R"({"protocol":"1.999.999"})")),
              (ProtocolVersion{1, 999, 999}));
    for (const std::string_view text :
         {R"("")", R"("1.0.0")", R"(["1.0.0"])", R"({"protocol":1.0})", R"({"protocol":"1.0"})",
          R"({"protocol":"v1.0.0"})", R"({"protocol":[]})", "1"}) {
        const auto version = parse_version_params(params(text));
        ASSERT_FALSE(version) << text;
        EXPECT_EQ(version.error(), errors::invalid_params()) << text;
    }
    const auto unsupported = parse_version_params(params(R"({"protocol":"2.0.0"})"));
    ASSERT_FALSE(unsupported);
    EXPECT_EQ(unsupported.error(), errors::unsupported_protocol());
}

// [CUS-1]: the table of 20.6.
TEST(ClientRequest, UnsubscribeParams) {
    for (const std::string_view text :
         {"", "null", "{}", R"({"count":1})", R"({"count":null})", R"({"x":[]})"}) {
        const auto count = parse_unsubscribe_params(params(text));
        ASSERT_TRUE(count) << text;
        EXPECT_EQ(*count, 1) << text;
    }
    EXPECT_EQ(*parse_unsubscribe_params(params(R"({"count":2})")), 2);
    EXPECT_EQ(*parse_unsubscribe_params(params(R"({"count":9223372036854775807})")), INT64_MAX);
    for (const std::string_view text :
         {"[]", R"("x")", "1", "true", R"({"count":"foo"})", R"({"count":true})", R"({"count":0})",
          R"({"count":-1})", R"({"count":1.0})", R"({"count":9223372036854775808})"}) {
        const auto count = parse_unsubscribe_params(params(text));
        ASSERT_FALSE(count) << text;
        EXPECT_EQ(count.error(), errors::invalid_params()) << text;
    }
}

}  // namespace
}  // namespace resgate::res
