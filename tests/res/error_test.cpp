#include "res/error.h"

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

std::string text_of(const Error& error) {
    std::string text;
    append_error(text, error);
    return text;
}

std::optional<Error> decoded(std::string_view text) {
    return decode_error(json::parse(text).value());
}

// 20.12, and the bodies of part 60.
TEST(Error, CatalogueHasTheExactTexts) {
    EXPECT_EQ(text_of(errors::invalid_request()),
              R"({"code":"system.invalidRequest","message":"Invalid request"})");
    EXPECT_EQ(text_of(errors::invalid_params()),
              R"({"code":"system.invalidParams","message":"Invalid parameters"})");
    EXPECT_EQ(text_of(errors::unsupported_protocol()),
              R"({"code":"system.unsupportedProtocol","message":"Unsupported protocol"})");
    EXPECT_EQ(text_of(errors::no_subscription()),
              R"({"code":"system.noSubscription","message":"No subscription"})");
    EXPECT_EQ(
        text_of(errors::subscription_limit_exceeded()),
        R"({"code":"system.subscriptionLimitExceeded","message":"Subscription limit exceeded"})");
    EXPECT_EQ(
        text_of(errors::disposed_subscription()),
        R"({"code":"system.disposedSubscription","message":"Resource subscription is disposed"})");
    EXPECT_EQ(text_of(errors::access_denied()),
              R"({"code":"system.accessDenied","message":"Access denied"})");
    EXPECT_EQ(text_of(errors::deleted()), R"({"code":"system.deleted","message":"Deleted"})");
    EXPECT_EQ(text_of(errors::not_found()), R"({"code":"system.notFound","message":"Not found"})");
    EXPECT_EQ(text_of(errors::timeout()),
              R"({"code":"system.timeout","message":"Request timeout"})");
    EXPECT_EQ(text_of(errors::subject_too_long()),
              R"({"code":"system.subjectTooLong","message":"Subject too long"})");
    EXPECT_EQ(text_of(errors::method_not_allowed()),
              R"({"code":"system.methodNotAllowed","message":"Method not allowed"})");
    EXPECT_EQ(text_of(errors::service_unavailable()),
              R"({"code":"system.serviceUnavailable","message":"Service unavailable"})");
    EXPECT_EQ(text_of(errors::forbidden_origin()),
              R"({"code":"system.forbidden","message":"Forbidden origin"})");
    EXPECT_EQ(text_of(errors::request_too_large()),
              R"({"code":"system.requestTooLarge","message":"Request too large"})");
    EXPECT_EQ(
        text_of(errors::internal("response missing result")),
        R"({"code":"system.internalError","message":"Internal error: response missing result"})");
}

// [EOB-2]
TEST(Error, DecodesErrorsOfServices) {
    EXPECT_EQ(decoded(R"({"code":"a.b","message":"m\n","data":{"n":1.0},"x":1})"),
              (Error{"a.b", "m\n", R"({"n":1.0})"}));
    EXPECT_EQ(decoded(R"({"message":"m"})"), (Error{"", "m", ""}));
    EXPECT_EQ(decoded(R"({"code":null,"message":null,"data":null})"), (Error{}));
    EXPECT_EQ(decoded("{}"), (Error{}));
    EXPECT_EQ(decoded(R"({"code":1,"code":"last"})"), (Error{"last", "", ""}));  // [JSN-5]
    EXPECT_EQ(decoded(R"({"Code":1})"), (Error{}));                              // [JSN-3]
}

TEST(Error, RefusesWhatIsNoErrorObject) {
    for (const std::string_view text :
         {"[]", R"("x")", "1", R"({"code":12,"message":"m"})", R"({"message":[]})"}) {
        EXPECT_FALSE(decoded(text)) << text;
    }
}

// [EOB-3], [JSN-2]
TEST(Error, WritesDataRaw) {
    EXPECT_EQ(text_of({"c\"", "", "12345678901234567890"}),
              R"({"code":"c\"","message":"","data":12345678901234567890})");
    EXPECT_EQ(text_of({"", "m", ""}), R"({"code":"","message":"m"})");
}

}  // namespace
}  // namespace resgate::res
