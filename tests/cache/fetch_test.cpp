#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

// [FET-1], [FET-2], [FET-4], S-SUB-10, W-06
TEST(Fetch, IsSharedByAllConcurrentSubscribers) {
    Core core({{}, 2, 0});
    TestClient& one = core.connect("1.2.3", 0);
    TestClient& two = core.connect("1.2.3", 1);
    one.request("subscribe.test.model");
    two.request("get.test.model");
    core.answer("get.test.model", model(R"({"a":1})"));
    core.answer("access.test.model", granted);
    core.answer("access.test.model", granted);
    core.expect_no_request();
    EXPECT_EQ(one.next()["result"], Json::parse(R"({"models":{"test.model":{"a":1}}})"));
    EXPECT_EQ(two.next()["result"], Json::parse(R"({"models":{"test.model":{"a":1}}})"));
}

// [FET-3], [ENT-9]
TEST(Fetch, GivesItsErrorToAllWaitersAndForgetsIt) {
    Core core;
    TestClient& one = core.connect();
    TestClient& two = core.connect();
    const auto first = one.request("subscribe.test.model");
    const auto second = two.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    core.answer("access.test.model", granted);
    core.answer("get.test.model", not_found);
    one.expect_error(first, "system.notFound");
    two.expect_error(second, "system.notFound");
    EXPECT_EQ(core.hub().use_count(), 0U);

    const auto again = one.request("subscribe.test.model");
    core.serve("test.model", model("{}"));
    one.expect_result(again, R"({"models":{"test.model":{}}})");
}

// [FET-1] step 2, S-SUB-9
TEST(Fetch, IsNotNeededForALoadedResource) {
    Core core;
    TestClient& one = core.connect();
    TestClient& two = core.connect();
    one.request("subscribe.test.model");
    core.serve("test.model", collection(R"([1])"));
    const auto id = two.request("subscribe.test.model");
    EXPECT_EQ(core.pending_subjects(), std::vector<std::string>{"access.test.model"});
    core.answer("access.test.model", granted);
    two.expect_result(id, R"({"collections":{"test.model":[1]}})");
}

// [LOD-9], [ENT-5]
TEST(Fetch, ServesTheCacheAlthoughItsSubscriberIsGone) {
    Core core;
    TestClient& one = core.connect();
    one.request("subscribe.test.model");
    one.request("unsubscribe.test.model");
    EXPECT_EQ(core.hub().use_count(), 2U);  // the load and the access request
    core.answer("get.test.model", model(R"({"a":1})"));
    core.answer("access.test.model", granted);
    EXPECT_EQ(core.hub().use_count(), 0U);
    TestClient& two = core.connect();
    const auto id = two.request("subscribe.test.model");
    core.answer("access.test.model", granted);
    two.expect_result(id, R"({"models":{"test.model":{"a":1}}})");
}

// [ENT-2]: a call alone makes an entry, but no event subscription.
TEST(Fetch, IsWhatMakesTheEventSubscription) {
    Core core;
    TestClient& client = core.connect();
    client.request("call.test.model.do");
    EXPECT_EQ(core.hub().entry_count(), 1U);
    EXPECT_TRUE(core.event_subscriptions().empty());
    client.request("subscribe.test.model");
    EXPECT_EQ(core.event_subscriptions(), std::set<std::string>{"event.test.model.*"});
}

// S-CHG-1, S-DEL-2, [SEV-5], [DEL-8]
TEST(Fetch, CoversEventsThatComeBeforeItsReply) {
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.test.model");
    core.publish("event.test.model.change", R"({"values":{"a":2}})");
    core.publish("event.test.model.delete");
    core.publish("event.test.model.custom", "1");
    core.serve("test.model", model(R"({"a":1})"));
    client.expect_result(id, R"({"models":{"test.model":{"a":1}}})");
    client.expect_nothing();
    core.publish("event.test.model.custom", "2");
    client.expect_event("test.model.custom", "2");
}

// [SUBJ-6], [SUBJ-7], [SUBJ-8], S-SUB-11
TEST(Fetch, OfANameTooLongFailsWithoutLeavingAnything) {
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.test." + std::string(10000, 'a'));
    core.settle();
    client.expect_error(id, "system.subjectTooLong");
    client.expect_nothing();
    core.expect_no_request();
    EXPECT_EQ(core.hub().entry_count(), 0U);
    EXPECT_EQ(core.hub().use_count(), 0U);
}

}  // namespace
}  // namespace resgate::test
