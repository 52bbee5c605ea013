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

TEST(Counts, OfMemoryForRequestsGoWithTheirAnswers) {  // [LMT-13]
    Core core;
    TestClient& client = client_with_parent(core);
    EXPECT_EQ(client.session().request_bytes(), 0U);
    const auto call = client.request("call.test.a.b", '"' + std::string(5000, 'x') + '"');
    const std::size_t of_one = client.session().request_bytes();
    EXPECT_GT(of_one, 5000U);
    const auto subscribe = client.request("subscribe.test.other");
    EXPECT_GT(client.session().request_bytes(), of_one);
    core.answer("access.test.a", denied);
    client.expect_error(call, "system.accessDenied");
    EXPECT_LT(client.session().request_bytes(), of_one);
    core.answer("access.test.other", denied);
    client.expect_error(subscribe, "system.accessDenied");
    EXPECT_EQ(client.session().request_bytes(), 0U);
}

// [LMT-13]: what the client asked for still goes on at the services, if it does not want it any
// more.
TEST(Counts, OfMemoryForAnAccessRequestStandUntilItIsAnswered) {
    Core core;
    TestClient& client = client_with_parent(core);
    client.request("subscribe.test.other");
    const ServiceCall first = core.take("access.test.other");
    core.answer("get.test.other", model("{}"));
    client.request("unsubscribe.test.other");
    const std::size_t of_one = client.session().request_bytes();
    EXPECT_GT(of_one, 0U);
    client.request("subscribe.test.other");
    const ServiceCall second = core.take("access.test.other");
    client.request("unsubscribe.test.other");
    EXPECT_EQ(client.session().request_bytes(), 2 * of_one);

    const std::size_t relieved = client.relieved();
    core.reply(first, granted);
    EXPECT_EQ(client.session().request_bytes(), of_one);
    EXPECT_EQ(client.relieved(), relieved + 1);
    core.reply(second, granted);
    EXPECT_EQ(client.session().request_bytes(), 0U);
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
