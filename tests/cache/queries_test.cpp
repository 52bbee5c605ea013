// Normalized queries (50.4) and the lock of query events (50.5), seen by clients.

#include <string>

#include <gtest/gtest.h>

#include "support/core.h"

namespace resgate::test {
namespace {

using std::chrono::milliseconds;

std::string with_query(std::string_view model, std::string_view query) {
    return Json({{"result", {{"model", Json::parse(model)}, {"query", query}}}}).dump();
}

class Queries : public testing::Test {
  protected:
    /// Subscribes with the normalized query given and a model of one property.
    void subscribe(const std::string& rid, std::string_view query) {
        const auto id = client.request("subscribe." + rid);
        core.serve(rid.substr(0, rid.find('?')), with_query(R"({"a":1})", query));
        EXPECT_EQ(client.next()["id"], id);
    }

    ServiceCall lock(const std::string& name) {
        core.publish("event." + name + ".query", R"({"subject":"_Q"})");
        return core.take("_Q");
    }

    Core core;
    TestClient& client = core.connect();
};

// [NRM-3] third case, [Q50-1]: nobody is served twice, and the later reply does not count, be it an
// error.
TEST(QuerySpellings, ThatArePendingAreLoadedByTheReplyToAnother) {
    for (const std::string& later :
         {with_query(R"({"a":9})", "q=1"), std::string(not_found), std::string("broken")}) {
        SCOPED_TRACE(later);
        Core core;
        TestClient& direct = core.connect();
        TestClient& other = core.connect();
        const auto first = direct.request("subscribe.m?q=1");
        core.answer("access.m", granted);
        const ServiceCall slow = core.take("get.m");
        const auto second = other.request("subscribe.m?q=1&x");
        core.serve("m", with_query(R"({"a":1})", "q=1"));
        direct.expect_result(first, R"({"models":{"m?q=1":{"a":1}}})");
        other.expect_result(second, R"({"models":{"m?q=1&x":{"a":1}}})");
        core.reply(slow, later);
        direct.expect_nothing();
        core.publish("event.m.query", R"({"subject":"_Q"})");
        core.answer("_Q", R"({"result":{"events":[{"event":"custom","data":1}]}})");
        direct.expect_event("m?q=1.custom", "1");
        other.expect_event("m?q=1&x.custom", "1");
        EXPECT_EQ(core.hub().use_count(), 2U);
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

// [NRM-3] first case: the content of the reply is disregarded.
TEST_F(Queries, ThatAreLoadedKeepTheirContentWhenAnotherSpellingIsAnswered) {
    subscribe("m?q=1", "q=1");
    const auto id = client.request("subscribe.m?q=1&x");
    core.serve("m", with_query(R"({"a":7})", "q=1"));
    client.expect_result(id, R"({"models":{"m?q=1&x":{"a":1}}})");
}

// [NRM-7], [ENT-8]: an alias goes with the resource, not with who used the alias.
TEST_F(Queries, KeepAnAliasAsLongAsTheResourceItPointsTo) {
    subscribe("m?q=1", "q=1");
    subscribe("m?q=1&x", "q=1");
    client.request("unsubscribe.m?q=1&x");
    client.next();
    const auto again = client.request("subscribe.m?q=1&x");
    core.answer("access.m", granted);
    core.expect_no_request();  // by the alias, without a get
    client.expect_result(again, R"({"models":{"m?q=1&x":{"a":1}}})");

    client.request("unsubscribe.m?q=1&x");
    client.request("unsubscribe.m?q=1");
    client.next();
    client.next();
    client.request("subscribe.m?q=1&x");
    EXPECT_EQ(core.take("get.m").text, R"({"query":"q=1&x"})");  // the alias is gone with it
}

// [NRM-7]: the same for a resource that is deleted.
TEST_F(Queries, LoseTheirAliasesWhenTheResourceIsDeleted) {
    subscribe("m?q=1", "q=1");
    subscribe("m?q=1&x", "q=1");
    core.reply(lock("m"), not_found);
    for (int i = 0; i < 4; ++i)  // delete and unsubscribe of each
        client.next();
    client.request("subscribe.m?q=1&x");
    EXPECT_EQ(core.take("get.m").text, R"({"query":"q=1&x"})");
}

// [QEV-4]
TEST_F(Queries, DoNotLockOtherNames) {
    subscribe("m?q=1", "q=1");
    subscribe("n", "");
    const ServiceCall unanswered = lock("m");
    core.publish("event.n.custom", "1");
    client.expect_event("n.custom", "1");
    const auto id = client.request("subscribe.n2");
    core.serve("n2", model("{}"));
    client.expect_result(id, R"({"models":{"n2":{}}})");
}

// [Q50-7], [QEV-1], [QEV-2]: other replies of the name wait, but no longer than the query request
// may take; and they stay in time.
TEST_F(Queries, LetRepliesOfTheirNameWaitUntilTheRequestTimesOut) {
    subscribe("m?q=1", "q=1");
    const ServiceCall unanswered = lock("m");
    core.advance(milliseconds(500));
    const auto call = client.request("call.m.do");
    core.answer("access.m", full);
    core.expect_no_request();  // the outcome of the access request waits
    core.advance(milliseconds(2400));
    client.expect_nothing();
    core.advance(milliseconds(100));
    core.answer("call.m.do", R"({"result":5})");
    client.expect_result(call, R"({"payload":5})");
}

// [QEV-1]: a system.reset of access waits like everything else on the name, with its place in the
// order of arrival. Other names are re-checked at once ([QEV-4]).
TEST(LockedNames, LetAResetOfAccessWait) {
    for (const std::int64_t throttle : {0, 1}) {
        SCOPED_TRACE(throttle);
        Core::Options options;
        options.settings.reset_throttle = throttle;
        options.loops = 2;
        Core core(options);
        TestClient& client = core.connect("1.2.3", 1);
        for (const std::string_view query : {"q=1", "q=2"}) {
            client.request("subscribe.m?" + std::string(query));
            core.serve("m", with_query("{}", query));
            client.next();
        }
        client.request("subscribe.n");
        core.serve("n", model("{}"));
        client.next();

        core.publish("event.m.query", R"({"subject":"_Q"})");
        const ServiceCall one = core.take("_Q");
        const ServiceCall two = core.take("_Q");
        core.publish("system.reset", R"({"access":["m","n"]})");
        EXPECT_EQ(core.pending_subjects(), std::vector<std::string>{"access.n"});
        core.answer("access.n", granted);
        core.reply(one, R"({"result":{"events":[{"event":"custom","data":1}]}})");
        // Not held back: the re-check has not begun.
        EXPECT_EQ(client.next()["data"], 1);
        core.expect_no_request();
        core.reply(two, R"({"result":{}})");
        core.answer("access.m", denied);
        core.answer("access.m", denied);
        core.expect_no_request();
        for (int i = 0; i < 2; ++i)
            EXPECT_EQ(client.next()["data"]["reason"]["code"], "system.accessDenied");
        client.expect_nothing();
    }
}

}  // namespace
}  // namespace resgate::test
