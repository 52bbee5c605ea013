#include "ws/handshake.h"

#include <gtest/gtest.h>

namespace resgate::ws {
namespace {

http::Request upgrade_request() {
    http::Request request;
    request.target = "/";
    request.headers = {{"Host", "localhost"},
                       {"Connection", "keep-alive, Upgrade"},
                       {"Upgrade", "WebSocket"},
                       {"Sec-WebSocket-Version", "8, 13"},
                       {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    return request;
}

http::Request without(std::string_view name) {
    http::Request request = upgrade_request();
    request.headers = {};
    for (const http::HeaderLine header : upgrade_request().headers) {
        if (header.name != name)
            request.headers.add(header.name, header.value);
    }
    return request;
}

int status_of(const http::Request& request, const http::AllowedOrigins& origins = {}) {
    const auto result = check_handshake(request, origins);
    return result ? 101 : result.error().status;
}

TEST(Handshake, ComputesTheAcceptKeyOfTheRfc) {
    EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// [WS-C70]
TEST(Handshake, AcceptsTokensInListsWhateverTheirCase) {
    const auto result = check_handshake(upgrade_request(), {});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// [WS-C71], [WS-C72]
TEST(Handshake, RefusesIncompleteRequests) {
    EXPECT_EQ(status_of(without("Connection")), 400);
    EXPECT_EQ(status_of(without("Upgrade")), 400);
    EXPECT_EQ(status_of(without("Sec-WebSocket-Version")), 400);
    EXPECT_EQ(status_of(without("Sec-WebSocket-Key")), 400);
    http::Request request = without("Sec-WebSocket-Version");
    request.headers.add("Sec-WebSocket-Version", "8");
    EXPECT_EQ(status_of(request), 400);
    request = without("Sec-WebSocket-Key");
    request.headers.add("Sec-WebSocket-Key", "");
    EXPECT_EQ(status_of(request), 400);
    for (const http::Method method :
         {http::Method::post, http::Method::head, http::Method::other}) {
        request = upgrade_request();
        request.method = method;
        EXPECT_EQ(status_of(request), 405);
    }
}

// [WS-3]
TEST(Handshake, LetsTheFirstFailingCheckDecide) {
    const http::AllowedOrigins origins({"http://a"});
    http::Request request;
    request.method = http::Method::post;
    EXPECT_EQ(status_of(request, origins), 400);
    request.headers = {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}};
    http::Request foreign = request;
    foreign.headers.add("Origin", "http://b");
    EXPECT_EQ(status_of(foreign, origins), 405);
    foreign.method = http::Method::get;
    EXPECT_EQ(status_of(foreign, origins), 400);
    foreign.headers.add("Sec-WebSocket-Version", "13");
    EXPECT_EQ(status_of(foreign, origins), 403);
    request.method = http::Method::get;
    request.headers.add("Sec-WebSocket-Version", "13");
    request.headers.add("Origin", "http://a");
    EXPECT_EQ(status_of(request, origins), 400);
}

// [WS-4]
TEST(Handshake, WritesRefusalsAsPlainText) {
    const http::Response response = refusal_response({405, ""});
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.body, "Method Not Allowed\n");
    EXPECT_FALSE(response.close);
    EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(*http::find_header(response.headers, "x-content-type-options"), "nosniff");
    EXPECT_EQ(*http::find_header(response.headers, "sec-websocket-version"), "13");
}

}  // namespace
}  // namespace resgate::ws
