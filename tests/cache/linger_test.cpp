#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

using std::chrono::milliseconds;

const std::set<std::string> subscribed = {"event.test.model.*"};

class Linger : public testing::Test {
  protected:
    void hold() {
        client.request("subscribe.test.model");
        core.serve("test.model", model(R"({"a":1})"));
        client.next();
    }

    void release() {
        client.request("unsubscribe.test.model");
        client.next();
    }

    Core core;
    TestClient& client = core.connect();
};

// [ENT-6], W-39
TEST_F(Linger, EndsAfterFiveSecondsWithoutUse) {
    hold();
    release();
    core.advance(milliseconds(4999));
    EXPECT_EQ(core.event_subscriptions(), subscribed);
    EXPECT_EQ(core.hub().entry_count(), 1U);
    core.advance(milliseconds(1));
    EXPECT_TRUE(core.event_subscriptions().empty());
    EXPECT_EQ(core.hub().entry_count(), 0U);
    client.request("subscribe.test.model");
    core.serve("test.model", model(R"({"a":2})"));  // a new get
    EXPECT_EQ(client.next()["result"], Json::parse(R"({"models":{"test.model":{"a":2}}})"));
}

// [ENT-6]: any use cancels the timer, which starts anew.
TEST_F(Linger, StartsAnewAfterEachUse) {
    hold();
    release();
    core.advance(milliseconds(4000));
    client.request("call.test.model.do");
    core.answer("access.test.model", denied);
    core.advance(milliseconds(4999));
    EXPECT_EQ(core.event_subscriptions(), subscribed);
    core.advance(milliseconds(1));
    EXPECT_TRUE(core.event_subscriptions().empty());
}

// [ENT-6] with [ENT-3]: the reset get of a lingering resource is no use.
TEST_F(Linger, IsNotProlongedByAFailedReset) {
    hold();
    release();
    core.advance(milliseconds(4000));
    core.publish("system.reset", R"({"resources":["test.>"]})");
    core.reply_no_responders(core.take("get.test.model"));
    core.advance(milliseconds(1000));
    EXPECT_TRUE(core.event_subscriptions().empty());
}

// [ENT-8] and [ENT-3]: nor is a query request.
TEST_F(Linger, IsNotProlongedByAQueryReply) {
    client.request("subscribe.test.model?q=1");
    core.serve("test.model", R"({"result":{"model":{},"query":"q=1"}})");
    core.publish("event.test.model.query", R"({"subject":"_Q"})");
    client.request("unsubscribe.test.model?q=1");
    core.advance(milliseconds(2900));
    core.answer("_Q", R"({"result":{}})");
    core.advance(milliseconds(2100));
    EXPECT_TRUE(core.event_subscriptions().empty());
}

// [UPD-8], [DEL-7], S-DEL-4
TEST_F(Linger, ForgetsADeletedResourceWithoutAWord) {
    hold();
    release();
    core.publish("event.test.model.delete");
    client.expect_nothing();
    client.request("subscribe.test.model");
    core.serve("test.model", model(R"({"a":2})"));
    EXPECT_EQ(client.next()["result"], Json::parse(R"({"models":{"test.model":{"a":2}}})"));
}

// [ENT-6], [CFG-1], S-UNS-6
TEST(NoLinger, EvictsParentAndChildAtOnce) {
    cache::Settings settings;
    settings.unsubscribe_delay = milliseconds(0);
    Core core({settings, 1, 0});
    const Contents contents = {{"p", R"({"model":{"c":{"rid":"c"}}})"}, {"c", R"({"model":{}})"}};
    TestClient& client = core.connect();
    subscribe_served(core, client, "p", contents);
    EXPECT_EQ(core.event_subscriptions().size(), 2U);
    client.request("unsubscribe.p");
    EXPECT_TRUE(core.event_subscriptions().empty());
    EXPECT_EQ(core.hub().entry_count(), 0U);
}

// [ENT-3], [ENT-9]: what failed or was deleted does not count, but its entry lingers.
TEST(UseCount, IsGivenBackByAFailedLoad) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.model");
    core.serve("test.model", not_found);
    EXPECT_EQ(core.hub().use_count(), 0U);
    EXPECT_EQ(core.hub().entry_count(), 1U);
    core.advance(milliseconds(5000));
    EXPECT_EQ(core.hub().entry_count(), 0U);
}

// [CTR-1], [CTR-2], S-CTR-1: the table of 50.9.
class Counters : public testing::Test {
  protected:
    void expect(std::size_t resources, std::size_t subscriptions) {
        EXPECT_EQ(core.hub().entry_count(), resources);
        EXPECT_EQ(core.hub().use_count(), subscriptions);
    }

    void subscribe(TestClient& who, std::string_view rid) {
        subscribe_served(core, who, rid, contents);
    }

    const Contents contents = {{"parent", R"({"model":{"c":{"rid":"child"}}})"},
                               {"child", R"({"model":{}})"}};
    Core core;
    TestClient& client = core.connect();
    TestClient& other = core.connect();
};

TEST_F(Counters, CountOneModel) {
    subscribe(client, "child");
    expect(1, 1);
    client.request("unsubscribe.child");
    expect(1, 0);
    core.advance(milliseconds(5000));
    expect(0, 0);
}

TEST_F(Counters, CountParentAndChildOnce) {
    subscribe(client, "child");
    subscribe(client, "parent");
    expect(2, 2);
}

TEST_F(Counters, CountEachConnection) {
    subscribe(client, "child");
    subscribe(other, "child");
    expect(1, 2);
}

TEST_F(Counters, CountEachConnectionsParentAndChild) {
    subscribe(client, "parent");
    expect(2, 2);
    subscribe(other, "child");
    expect(2, 3);
}

TEST_F(Counters, KeepAReferencedChild) {
    subscribe(client, "child");
    subscribe(client, "parent");
    client.request("unsubscribe.child");
    expect(2, 2);
}

TEST_F(Counters, KeepADirectChild) {
    subscribe(client, "child");
    subscribe(client, "parent");
    client.request("unsubscribe.parent");
    expect(2, 1);
    core.advance(milliseconds(5000));
    expect(1, 1);
}

}  // namespace
}  // namespace resgate::test
