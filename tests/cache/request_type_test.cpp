#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

using cache::RequestType;
using Counts = std::map<RequestType, std::size_t>;

// [MTX-4]
TEST(RequestType, TellsWhatARequestIsFor) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.model");
    EXPECT_EQ(core.requests_made, (Counts{{RequestType::access, 1}, {RequestType::get, 1}}));
    client.request("auth.test.model.login");
    EXPECT_EQ(core.requests_made[RequestType::auth], 1U);
    client.request("call.test.other.do");
    core.answer("access.test.other", full);
    EXPECT_EQ(core.requests_made[RequestType::call], 1U);
    EXPECT_EQ(core.requests_made[RequestType::access], 2U);
    EXPECT_EQ(core.requests_made.count(RequestType::query), 0U);
}

// [MTX-4]: neither the subject of a query event nor that of a token reset says what it is.
TEST(RequestType, IsQueryForTheRequestsOfAQueryEvent) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.model?q=1");
    core.answer("access.test.model", granted);
    core.answer("get.test.model", R"({"result":{"model":{"a":1},"query":"q=1"}})");
    core.requests_made.clear();
    core.publish("event.test.model.query", R"({"subject":"get.of.this.event"})");
    EXPECT_EQ(core.requests_made, (Counts{{RequestType::query, 1}}));
}

// [MTX-4]
TEST(RequestType, OfAResetIsGetAndAccess) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.model");
    core.serve("test.model", model(R"({"a":1})"));
    core.requests_made.clear();
    core.publish("system.reset", R"({"resources":["test.>"],"access":["test.>"]})");
    EXPECT_EQ(core.requests_made, (Counts{{RequestType::access, 1}, {RequestType::get, 1}}));
}

// [MTX-4]
TEST(RequestType, OfATokenResetIsAuth) {
    Core core;
    TestClient& client = core.connect();
    core.publish("conn." + client.cid() + ".token", R"({"token":{"a":1},"tid":"t"})");
    core.publish("system.tokenReset", R"({"tids":["t"],"subject":"call.me.back"})");
    EXPECT_EQ(core.requests_made, (Counts{{RequestType::auth, 1}}));
}

// [LMT-5], [LMT-14]
TEST(RequestType, IsNotThereForSubscriptionsThatAreRefused) {
    Core core({{}, 1, 1});
    TestClient& client = core.connect();
    client.request("subscribe.test.one");
    EXPECT_EQ(core.sessions().refused_subscriptions(), 0U);
    const Counts before = core.requests_made;
    const auto second = client.request("subscribe.test.two");
    client.expect_error(second, "system.subscriptionLimitExceeded");
    EXPECT_EQ(core.sessions().refused_subscriptions(), 1U);
    EXPECT_EQ(core.requests_made, before);
}

}  // namespace
}  // namespace resgate::test
