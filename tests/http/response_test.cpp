#include "http/response.h"

#include <gtest/gtest.h>

namespace resgate::http {
namespace {

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

std::string write(const Response& response, ResponseContext context = {}) {
    context.date = date;
    return std::string(write_response(response, context)->wire());
}

TEST(Response, FormatsDatesAsTheRfcDoes) {
    EXPECT_EQ(http_date(784111777), date);
}

// [HTTP-3]
TEST(Response, CarriesDateAndContentLength) {
    Response response;
    response.headers = {{"X-A", "1"}};
    response.body = "hello";
    EXPECT_EQ(write(response),
              "HTTP/1.1 200 OK\r\nX-A: 1\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Content-Length: 5\r\n\r\nhello");
    response.body.clear();
    EXPECT_NE(write(response).find("Content-Length: 0\r\n"), std::string::npos);
    for (const int status : {204, 304}) {
        response.status = status;
        EXPECT_EQ(write(response).find("Content-Length"), std::string::npos);
    }
}

// [HTTP-104]: meta replaces the gateway's own headers.
TEST(Response, KeepsADateThatIsGiven) {
    Response response;
    response.headers = {{"date", "yesterday"}};
    EXPECT_EQ(write(response), "HTTP/1.1 200 OK\r\ndate: yesterday\r\nContent-Length: 0\r\n\r\n");
}

// [HTTP-83]
TEST(Response, ToHeadHasTheSameHeadersAndNoBody) {
    Response response;
    response.body = "hello";
    const std::string full = write(response);
    EXPECT_EQ(write(response, {.head = true}) + "hello", full);
}

TEST(Response, TellsWhetherTheConnectionGoesOn) {
    EXPECT_EQ(write({}).find("Connection"), std::string::npos);
    EXPECT_NE(write({}, {.keep_alive = false}).find("\r\nConnection: close\r\n"),
              std::string::npos);
    EXPECT_NE(write({}, {.version = Version::http_1_0}).find("\r\nConnection: keep-alive\r\n"),
              std::string::npos);
}

// [HTTP-104]
TEST(Response, CannotBeSplitByHeaderValues) {
    Response response;
    response.headers = {{"X-A", "1\r\nX-B: 2"}};
    EXPECT_NE(write(response).find("X-A: 1  X-B: 2\r\n"), std::string::npos);
}

// [HTTP-5]
TEST(Response, ForRefusalsIsPlainText) {
    const Response response = plain_refusal(431);
    EXPECT_EQ(response.body, "431 Request Header Fields Too Large");
    EXPECT_EQ(plain_refusal(400, "no").body, "400 Bad Request: no");
    EXPECT_TRUE(response.close);
}

// [WS-6]
TEST(Response, SwitchingProtocolsHasOnlyTheGivenHeaders) {
    EXPECT_EQ(write_switching_protocols({{"Upgrade", "websocket"}})->wire(),
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
}

}  // namespace
}  // namespace resgate::http
