#include <gtest/gtest.h>

#include "support/core.h"

namespace resgate::test {
namespace {

/// `test.parent` refers to `test.model` and is subscribed, so that `test.model` is held indirectly.
TestClient& client_with_parent(Core& core) {
    TestClient& client = core.connect();
    client.request("subscribe.test.parent");
    core.serve("test.parent", model(R"({"child":{"rid":"test.model"}})"));
    core.answer("get.test.model", model(R"({"a":1})"));
    client.next();
    return client;
}

TEST(Counts, OfAPendingGetAreNotGivenBackASecondTime) {  // [CNT-4], [CNT-5]
    Core core;
    TestClient& client = client_with_parent(core);
    const auto get = client.request("get.test.model");
    const auto unsubscribe = client.request("unsubscribe.test.model");
    EXPECT_EQ(client.next(), Json({{"id", unsubscribe}}));
    const auto subscribe = client.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    client.expect_result(get, "{}");
    client.expect_result(subscribe, "{}");

    client.request("unsubscribe.test.parent");
    client.next();
    core.publish("event.test.model.custom", "1");
    client.expect_event("test.model.custom", "1");
}

TEST(Counts, OfADeniedSubscribeAreNotTakenFromALaterOne) {  // [CNT-4], [CNT-6], [Q40-7]
    Core core;
    TestClient& client = client_with_parent(core);
    const auto first = client.request("subscribe.test.model");
    const auto unsubscribe = client.request("unsubscribe.test.model");
    EXPECT_EQ(client.next(), Json({{"id", unsubscribe}}));
    core.answer("access.test.model",
                R"({"error":{"code":"system.timeout","message":"Request timeout"}})");
    client.expect_error(first, "system.timeout");
    const auto second = client.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    client.expect_result(second, "{}");
    const auto release = client.request("unsubscribe.test.model");
    EXPECT_EQ(client.next(), Json({{"id", release}}));
}

TEST(Counts, TakenFromPendingRequestsLeaveThoseOfLaterOnes) {  // [CNT-4], [CUS-4]
    Core core;
    TestClient& client = client_with_parent(core);
    const auto first = client.request("subscribe.test.model");
    const auto second = client.request("subscribe.test.model");
    client.request("unsubscribe.test.model");
    client.next();
    core.answer("access.test.model", denied);
    client.expect_error(first, "system.accessDenied");
    client.expect_error(second, "system.accessDenied");
    const auto release = client.request("unsubscribe.test.model");
    client.expect_error(release, "system.noSubscription");
}

}  // namespace
}  // namespace resgate::test
