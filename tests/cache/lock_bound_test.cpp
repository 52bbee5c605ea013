// What waits for a name locked by a query event is bounded ([QEV-6]).

#include <string>

#include <gtest/gtest.h>

#include "support/core.h"

namespace resgate::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t bytes = 10000;
const std::string large = '"' + std::string(bytes, 'x') + '"';

/// So many of those are more than may wait.
constexpr std::size_t too_many = 5;

cache::Settings settings() {
    cache::Settings settings;
    settings.locked_bytes = (too_many - 1) * (bytes + 1000);
    return settings;
}

class LockOfAName : public testing::Test {
  protected:
    LockOfAName() {
        const auto id = client.request("subscribe.m?q=1");
        core.serve("m", R"({"result":{"model":{"a":1},"query":"q=1"}})");
        EXPECT_EQ(client.next()["id"], id);
        client.request("subscribe.m");
        core.serve("m", model(R"({"b":1})"));
        client.next();
    }

    void query_event() { core.publish("event.m.query", R"({"subject":"_Q"})"); }

    void publish_large(std::size_t times) {
        for (std::size_t i = 0; i < times; ++i)
            core.publish("event.m.custom", large);
    }

    void expect_large(std::size_t times) {
        ASSERT_EQ(client.waiting(), times);
        for (std::size_t i = 0; i < times; ++i)
            EXPECT_EQ(client.next()["event"], "m.custom");
    }

    Core core{{settings()}};
    TestClient& client = core.connect();
};

// [QEV-6]: nothing is lost and the order stays; what the late reply would have told, a get tells.
TEST_F(LockOfAName, IsGivenUpWhenTooMuchWaitsForIt) {
    query_event();
    const ServiceCall slow = core.take("_Q");
    core.publish("event.m.change", R"({"values":{"b":2}})");
    publish_large(too_many - 2);
    client.expect_nothing();
    EXPECT_EQ(core.hub().locks_given_up(), 0U);

    publish_large(2);
    client.expect_event("m.change", R"({"values":{"b":2}})");
    expect_large(too_many);
    EXPECT_EQ(core.hub().locks_given_up(), 1U);
    EXPECT_EQ(core.log.take_errors(), 1U);  // [LOG-14]

    core.reply(slow, R"({"result":{"events":[{"event":"change","data":{"values":{"a":2}}}]}})");
    client.expect_nothing();
    const ServiceCall get = core.take("get.m");
    EXPECT_EQ(get.text, R"({"query":"q=1"})");
    core.reply(get, R"({"result":{"model":{"a":3},"query":"q=1"}})");
    client.expect_event("m?q=1.change", R"({"values":{"a":3}})");
    core.publish("event.m.change", R"({"values":{"b":3}})");
    client.expect_event("m.change", R"({"values":{"b":3}})");
    core.expect_no_request();
}

// [QEV-6], [RST-6]: the reply is lost, so the get has to succeed.
TEST_F(LockOfAName, ThatIsGivenUpHasTheGetRepeatedUntilItSucceeds) {
    query_event();
    const ServiceCall slow = core.take("_Q");
    publish_large(too_many);
    expect_large(too_many);
    core.answer("get.m", R"({"error":{"code":"system.internalError","message":"x"}})");
    core.expect_no_request();
    core.advance(milliseconds(1000));
    core.answer("get.m", R"({"result":{"model":{"a":2},"query":"q=1"}})");
    client.expect_event("m?q=1.change", R"({"values":{"a":2}})");
    core.advance(milliseconds(10000));
    core.expect_no_request();
}

// [QEV-6]: a reset that was under way already asks for the same, but now it has to succeed.
TEST_F(LockOfAName, ThatIsGivenUpDuringAResetSendsNoSecondGet) {
    core.publish("system.reset", R"({"resources":["m"]})");
    core.answer("get.m", model(R"({"b":1})"));
    const ServiceCall get = core.take("get.m");
    query_event();
    const ServiceCall slow = core.take("_Q");
    publish_large(too_many);
    expect_large(too_many);
    core.expect_no_request();
    core.reply(get, R"({"error":{"code":"system.internalError","message":"x"}})");
    core.advance(milliseconds(1000));
    core.answer("get.m", R"({"result":{"model":{"a":2},"query":"q=1"}})");
    client.expect_event("m?q=1.change", R"({"values":{"a":2}})");
}

// [QEV-6]: only what has not been answered is asked for.
TEST_F(LockOfAName, ThatIsGivenUpLeavesAloneWhatIsAnswered) {
    client.request("subscribe.m?q=2");
    core.serve("m", R"({"result":{"model":{"a":1},"query":"q=2"}})");
    client.next();
    query_event();
    const ServiceCall one = core.take("_Q");
    const ServiceCall other = core.take("_Q");
    core.reply(one, R"({"result":{}})");
    publish_large(too_many);
    expect_large(too_many);
    EXPECT_EQ(core.take("get.m").text, other.text);
    core.expect_no_request();
}

// [QEV-6]: what was said behind the next query event waits for that one's requests.
TEST_F(LockOfAName, IsFollowedByTheLockOfTheNextQueryEvent) {
    query_event();
    const ServiceCall first = core.take("_Q");
    publish_large(too_many - 2);
    query_event();
    core.publish("event.m.custom", "1");
    publish_large(2);
    expect_large(too_many - 2);
    core.take("get.m");
    core.answer("_Q", R"({"result":{}})");
    client.expect_event("m.custom", "1");
    expect_large(2);
    EXPECT_EQ(core.hub().locks_given_up(), 1U);
}

// [QEV-6]: replies that wait count as well, and are not lost.
TEST_F(LockOfAName, IsGivenUpForRepliesToo) {
    query_event();
    const ServiceCall slow = core.take("_Q");
    const std::string result = R"({"result":{"payload":)" + large + "}}";
    for (std::size_t i = 0; i <= too_many; ++i) {
        client.request("auth.m.login");
        core.answer("auth.m.login", result);
    }
    EXPECT_EQ(core.hub().locks_given_up(), 1U);
    EXPECT_EQ(client.waiting(), too_many + 1);
    EXPECT_EQ(core.take("get.m").text, R"({"query":"q=1"})");
}

// The entry may end with what takes effect then: here its last use goes with the reply.
TEST(LockOfANameNobodyUses, MayEndTheEntryWhenItIsGivenUp) {
    Core::Options options{settings()};
    options.settings.unsubscribe_delay = milliseconds(0);
    Core core(options);
    TestClient& client = core.connect();
    client.request("subscribe.m?q=1");
    core.serve("m", R"({"result":{"model":{"a":1},"query":"q=1"}})");
    core.publish("event.m.query", R"({"subject":"_Q"})");
    const ServiceCall slow = core.take("_Q");
    client.request("auth.m.login");
    core.answer("auth.m.login", R"({"result":null})");
    client.disconnect();
    EXPECT_EQ(core.hub().entry_count(), 1U);
    for (std::size_t i = 0; i < too_many; ++i)
        core.publish("event.m.custom", large);
    EXPECT_EQ(core.hub().entry_count(), 0U);
    core.reply(slow, R"({"result":{}})");
    core.expect_no_request();
}

}  // namespace
}  // namespace resgate::test
