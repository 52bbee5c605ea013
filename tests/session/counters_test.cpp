#include <gtest/gtest.h>

#include "support/core.h"

namespace resgate::test {
namespace {

// [CTR-3]: what can be parsed is counted, whether or not it succeeds.
TEST(RequestCounters, CountEveryAcceptedMessageByItsType) {
    Core core;
    TestClient& client = core.connect();
    for (const std::string_view method :
         {"subscribe.m", "subscribe.m", "get.m", "call.m.do", "auth.m.do", "new.m", "unsubscribe.m",
          "unsubscribe.other"})
        client.request(method);
    const session::RequestCounters& counters = core.sessions().counters();
    const auto check = [&] {
        EXPECT_EQ(counters.subscribe, 2U);
        EXPECT_EQ(counters.get, 1U);
        EXPECT_EQ(counters.call, 2U);  // with new
        EXPECT_EQ(counters.auth, 1U);
        EXPECT_EQ(counters.unsubscribe, 2U);  // also the one without a subscription
    };
    check();
    client.request("unsubscribe.m", R"({"count":0})");  // params not accepted
    client.request("version");
    for (const std::string_view method :
         {"subscribe..m", "get.", "call.m", "auth.m", "new", "unsubscribe.m..", "other.m"})
        client.request(method);
    client.say("broken");
    client.say(R"({"method":"get.m"})");
    check();
}

}  // namespace
}  // namespace resgate::test
