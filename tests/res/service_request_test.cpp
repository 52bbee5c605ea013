#include "res/service_request.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"

namespace resgate::res {
namespace {

constexpr Requester client{.cid = "c1", .token = {}, .is_http = false};
constexpr Requester user{.cid = "c1", .token = R"({"user":7})", .is_http = false};
constexpr Requester http{.cid = "c1", .token = {}, .is_http = true};

// As they stand behind a subject.

std::string behind_subject(auto append) {
    std::string text = "call.a.b";
    append(text);
    EXPECT_TRUE(text.starts_with("call.a.b")) << text;
    return text.substr(8);
}

std::string access_payload(const Requester& requester, std::string_view query) {
    return behind_subject(
        [&](std::string& text) { append_access_payload(text, requester, query); });
}

std::string call_payload(const Requester& requester, std::string_view query,
                         std::optional<std::string_view> params) {
    return behind_subject(
        [&](std::string& text) { append_call_payload(text, requester, query, params); });
}

std::string auth_payload(const Requester& requester, auto... more) {
    return behind_subject(
        [&](std::string& text) { append_auth_payload(text, requester, more...); });
}

// [REQ-2], [REQ-7], [QRY-5]
TEST(ServiceRequest, GetCarriesTheQueryAlone) {
    EXPECT_EQ(get_payload(""), "{}");
    EXPECT_EQ(get_payload("q=x"), R"({"query":"q=x"})");
    EXPECT_EQ(get_payload("a\"b\n"), R"({"query":"a\"b\n"})");
}

// [REQ-3], [REQ-5]
TEST(ServiceRequest, AccessCarriesTokenAndConnection) {
    EXPECT_EQ(access_payload(client, ""), R"({"token":null,"cid":"c1"})");
    EXPECT_EQ(access_payload(user, "q=x"), R"({"token":{"user":7},"query":"q=x","cid":"c1"})");
    EXPECT_EQ(access_payload(http, ""), R"({"token":null,"cid":"c1","isHttp":true})");
}

// [REQ-4]
TEST(ServiceRequest, CallAlwaysCarriesParams) {
    EXPECT_EQ(call_payload(client, "", R"({"title":"T"})"),
              R"({"params":{"title":"T"},"token":null,"cid":"c1"})");
    EXPECT_EQ(call_payload(client, "", std::nullopt), R"({"params":null,"token":null,"cid":"c1"})");
    EXPECT_EQ(call_payload(user, "q", "1.0"),
              R"({"params":1.0,"token":{"user":7},"query":"q","cid":"c1"})");
}

TEST(ServiceRequest, AuthCarriesTheHandshake) {
    constexpr std::array<HeaderLine, 1> lines = {{{"user-agent", "x"}}};
    const std::string handshake = handshake_members("h:8080", "10.0.0.9:5123", "/", lines);
    EXPECT_EQ(
        auth_payload(client, "", R"({"u":"a"})", handshake),
        R"({"params":{"u":"a"},"token":null,"cid":"c1","header":{"User-Agent":["x"]},"host":"h:8080","remoteAddr":"10.0.0.9:5123","uri":"/"})");
    EXPECT_EQ(
        auth_payload(http, NoParams{}, handshake),
        R"({"token":null,"cid":"c1","isHttp":true,"header":{"User-Agent":["x"]},"host":"h:8080","remoteAddr":"10.0.0.9:5123","uri":"/"})");
    EXPECT_EQ(auth_payload(client, "q", std::nullopt, ""),
              R"({"params":null,"token":null,"query":"q","cid":"c1"})");
    EXPECT_EQ(auth_payload(user, NoParams{}, ""), R"({"token":{"user":7},"cid":"c1"})");
}

// [REQ-6], [HTTP-71]
TEST(ServiceRequest, HandshakeGroupsHeadersUnderCanonicalNames) {
    const std::vector<HeaderLine> lines = {
        {"HOST", "left out"},      {"x-FOO", "1, 2"},    {"sec-websocket-key", "k"},
        {"Cookie", "a=\"b\""},     {"X-Foo", "3"},       {"Transfer-encoding", "chunked"},
        {"trailer", "X"},          {"x-fooo", "4"},      {"X-foo", ""},
        {"connection", "Upgrade"}, {"2x-a_b", "digits"},
    };
    EXPECT_EQ(
        handshake_members("", "", "", lines),
        R"("header":{"2x-A_b":["digits"],"Connection":["Upgrade"],"Cookie":["a=\"b\""],"Sec-Websocket-Key":["k"],"X-Foo":["1, 2","3",""],"X-Fooo":["4"]})");
}

// [REQ-2]
TEST(ServiceRequest, HandshakeLeavesEmptyMembersOut) {
    EXPECT_EQ(handshake_members("", "", "", {}), "");
    EXPECT_EQ(handshake_members("", "", "/ws?x=1", {}), R"("uri":"/ws?x=1")");
    constexpr std::array<HeaderLine, 1> lines = {{{"Host", "h"}}};
    EXPECT_EQ(handshake_members("h", "[::1]:80", "", lines),
              R"("host":"h","remoteAddr":"[::1]:80")");
}

// [JSN-10]
TEST(ServiceRequest, HandshakeIsAlwaysUtf8) {
    constexpr std::array<HeaderLine, 1> lines = {{{"a", "b\xff"}}};
    EXPECT_EQ(handshake_members("\xfe", "", "/\xc3", lines),
              "\"header\":{\"A\":[\"b\xef\xbf\xbd\"]},\"host\":\"\xef\xbf\xbd\",\"uri\":\"/"
              "\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace resgate::res
