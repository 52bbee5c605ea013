#include "api/responses.h"

#include <gtest/gtest.h>

namespace resgate::api {
namespace {

// [HTTP-110]
TEST(Responses, DeriveTheStatusFromTheErrorCode) {
    EXPECT_EQ(status_of("system.notFound"), 404);
    EXPECT_EQ(status_of("system.methodNotFound"), 404);
    EXPECT_EQ(status_of("system.timeout"), 404);
    EXPECT_EQ(status_of("system.accessDenied"), 401);
    EXPECT_EQ(status_of("system.methodNotAllowed"), 405);
    EXPECT_EQ(status_of("system.internalError"), 500);
    EXPECT_EQ(status_of("system.serviceUnavailable"), 503);
    EXPECT_EQ(status_of("system.forbidden"), 403);
    EXPECT_EQ(status_of("system.subjectTooLong"), 414);
    EXPECT_EQ(status_of("system.requestTooLarge"), 413);
    for (const char* const code :
         {"system.invalidParams", "system.invalidQuery", "system.badRequest",
          "system.notImplemented", "system.subscriptionLimitExceeded", "shop.soldOut", ""})
        EXPECT_EQ(status_of(code), 400) << code;
}

// [HTTP-94]
TEST(Responses, KeepNumbersInErrorDataAsWritten) {
    const http::Response response =
        error_response({"shop.soldOut", "Sold out", "12345678901234567890"}, {{"Vary", "Origin"}});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body,
              R"({"code":"shop.soldOut","message":"Sold out","data":12345678901234567890})");
    EXPECT_TRUE(http::find_header(response.headers, "Vary"));
}

}  // namespace
}  // namespace resgate::api
