// Subscribe, get and resource sets (20.3, 20.5, 20.7): S-SUB-*, S-CYC-*, S-GET-*.

#include <string>
#include <vector>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

using Names = std::vector<std::string>;

TEST(ClientSubscribe, MakesOneGetAndOneAccessRequest) {  // S-SUB-1: [ACC-2], [REQ-2], [REQ-7]
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.model", R"({"params":"are ignored"})");  // [CSB-1]
    EXPECT_EQ(core.take("get.test.model").text, "{}");
    EXPECT_EQ(core.take("access.test.model").payload,
              Json({{"token", nullptr}, {"cid", client.cid()}}));
    core.expect_no_request();
    EXPECT_EQ(core.event_subscriptions(), (std::set<std::string>{"event.test.model.*"}));
}

TEST(ClientSubscribe, DeliversAllThatIsReachedByHardReferences) {
    // S-SUB-3: [SET-1], [SET-2], [SET-3], [SET-5], [SET-7], [CSB-2], [VAL-4], [SUBJ-4], [STA-3]
    for (const std::string base : {"test.model", "test.collection"}) {
        const std::pair<std::string, Names> rows[] = {
            {base, {base}},
            {base + ".parent", {base + ".parent", base}},
            {base + ".grandparent", {base + ".grandparent", base + ".parent", base}},
            {base + ".soft", {base + ".soft"}},
            {base + ".soft.parent", {base + ".soft.parent", base + ".soft"}},
            {base + ".data", {base + ".data"}},
            {base + ".data.parent", {base + ".data.parent", base + ".data"}},
        };
        for (const auto& [rid, names] : rows) {
            SCOPED_TRACE(rid);
            Core core;
            TestClient& client = core.connect();
            EXPECT_EQ(result_of(core, client, "subscribe." + rid), fixture_set(names));
            std::set<std::string> subjects;
            for (const std::string& name : names) {
                expect_live(core, client, name);
                subjects.insert("event." + name + ".*");
            }
            EXPECT_EQ(core.event_subscriptions(), subjects);
        }
    }
}

TEST(ClientSubscribe, DoesNotRepeatWhatTheClientHolds) {  // S-SUB-4: [SET-3], [LOD-8]
    for (const std::string base : {"test.model", "test.collection"}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe." + base + ".parent");
        client.request("subscribe." + base + ".secondparent");
        core.serve(base + ".secondparent", fixture_reply(base + ".secondparent"));
        core.expect_no_request();
        EXPECT_EQ(client.next()["result"], fixture_set({base + ".secondparent"}));
    }
}

TEST(ClientSubscribe, ReportsReferencesThatFailed) {  // S-SUB-5: [SET-4], [CSB-5], [FAI-3]
    for (const std::string rid : {"test.model.brokenchild", "test.collection.brokenchild"}) {
        Core core;
        TestClient& client = core.connect();
        Json expected = fixture_set({rid});
        expected["errors"] = {{"test.err.notFound", error_object("system.notFound")}};
        EXPECT_EQ(result_of(core, client, "subscribe." + rid), expected);
        expect_live(core, client, rid);
        expect_silent(core, client, "test.err.notFound");
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

TEST(ClientSubscribe, ReportsAFailedReferenceInEverySetThatReachesIt) {  // [SET-4], [FAI-1]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model.brokenchild");
    client.request("subscribe.test.collection.brokenchild");
    core.serve("test.collection.brokenchild", fixture_reply("test.collection.brokenchild"));
    core.expect_no_request();  // no new get for the failed one
    EXPECT_EQ(client.next()["result"]["errors"],
              Json({{"test.err.notFound", error_object("system.notFound")}}));
    core.publish(
        "event.test.model.brokenchild.change",
        R"({"values":{"again":{"rid":"test.err.notFound"},"more":{"rid":"test.err.notFound"}}})");
    EXPECT_EQ(client.next()["data"]["errors"],
              Json({{"test.err.notFound", error_object("system.notFound")}}));
}

TEST(ClientSubscribe, OnAnIndirectResourceAsksForAccessOnly) {  // S-SUB-6, W-07
    for (const std::string base : {"test.model", "test.collection"}) {
        for (const std::string_view access : {granted, denied}) {
            Core core;
            TestClient& client = core.connect();
            result_of(core, client, "subscribe." + base + ".parent");
            const auto id = client.request("subscribe." + base);
            core.answer("access." + base, access);
            core.expect_no_request();
            if (access == granted)
                client.expect_result(id, "{}");  // [RSP-4]
            else
                client.expect_error(id, "system.accessDenied");
            expect_live(core, client, base);
            expect_live(core, client, base + ".parent");
        }
    }
}

TEST(ClientSubscribe, LoadsReferencesWhileAccessIsUnanswered) {  // S-SUB-7: [LOD-1], [LOD-5]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("subscribe.test.model.grandparent");
    for (const std::string name : {"test.model.grandparent", "test.model.parent", "test.model"})
        core.answer("get." + name, fixture_reply(name));
    client.expect_nothing();
    core.answer("access.test.model.grandparent", granted);
    client.expect_result(
        id, fixture_set({"test.model.grandparent", "test.model.parent", "test.model"}).dump());
    core.expect_no_request();
}

TEST(ClientSubscribe, OfASecondConnectionAsksForAccessOnly) {  // S-SUB-9: [FET-1], [FET-4]
    for (const std::string rid : {"test.model", "test.collection", "test.model.parent"}) {
        Core core;
        TestClient& first = core.connect();
        TestClient& second = core.connect();
        const Json set = result_of(core, first, "subscribe." + rid);
        second.request("subscribe." + rid);
        core.answer("access." + rid, granted);
        core.expect_no_request();
        EXPECT_EQ(second.next()["result"], set);
    }
}

TEST(ClientSubscribe, OfASecondConnectionJoinsAPendingGet) {  // S-SUB-10: [FET-2], [FET-3]
    for (const bool found : {true, false}) {
        Core core;
        TestClient& first = core.connect();
        TestClient& second = core.connect();
        const auto one = first.request("subscribe.test.model");
        const auto two = second.request("subscribe.test.model");
        core.answer("access.test.model", granted);
        core.answer("access.test.model", granted);
        core.answer("get.test.model", found ? fixture_reply("test.model") : std::string(not_found));
        core.expect_no_request();
        for (auto [client, id] : {std::pair(&first, one), std::pair(&second, two)}) {
            if (found)
                client->expect_result(id, fixture_set({"test.model"}).dump());
            else
                client->expect_error(id, "system.notFound");
        }
    }
}

TEST(ClientSubscribe, AnswersEachOfSeveralRequestsForOneResource) {  // [CNT-1], [CSB-2], [RSP-4]
    Core core;
    TestClient& client = core.connect();
    const auto one = client.request("subscribe.test.model");
    const auto two = client.request("subscribe.test.model");
    const auto three = client.request("get.test.model");
    core.serve("test.model", fixture_reply("test.model"));
    core.expect_no_request();  // [ACC-5], [ACR-5]
    client.expect_result(one, fixture_set({"test.model"}).dump());
    client.expect_result(two, "{}");
    client.expect_result(three, "{}");                         // [CGT-2]
    const auto four = client.request("subscribe.test.model");  // [ACC-4]
    core.expect_no_request();
    client.expect_result(four, "{}");
    const auto five = client.request("unsubscribe.test.model", R"({"count":3})");
    client.expect(R"({"id":)" + std::to_string(five) + "}");
    expect_silent(core, client, "test.model");
}

TEST(ClientSubscribe, CompletesTheSetOfCycles) {  // S-CYC-1 to S-CYC-4: [SET-3], [LOD-7]
    const std::pair<char, std::string_view> rows[] = {
        {'a', "a"}, {'b', "bc"}, {'d', "def"}, {'g', "defg"}};
    for (const std::string base : {"test.m.", "test.c."}) {
        for (const auto& [root, members] : rows) {
            SCOPED_TRACE(base + root);
            Core core;
            TestClient& client = core.connect();
            Names names;
            for (const char member : members)
                names.push_back(base + member);
            EXPECT_EQ(result_of(core, client, "subscribe." + base + root), fixture_set(names));
            for (const std::string& name : names)
                expect_live(core, client, name);
            client.request("unsubscribe." + base + root);
            client.next();
            for (const std::string& name : names)
                expect_silent(core, client, name);
        }
    }
}

TEST(ClientSubscribe, DeliversSharedResourcesWithTheFirstOfTwoRequests) {  // S-CYC-5, W-05: [LOD-6]
    for (const std::string base : {"test.m.", "test.c."}) {
        Core core;
        TestClient& client = core.connect();
        const auto answer_get = [&](char name) {
            core.answer("get." + base + name, fixture_reply(base + name));
        };
        const auto one = client.request("subscribe." + base + "d");
        core.answer("access." + base + "d", granted);
        answer_get('d');
        const auto two = client.request("subscribe." + base + "h");
        core.answer("access." + base + "h", granted);
        answer_get('e');
        answer_get('h');
        client.expect_nothing();
        answer_get('f');
        client.expect_result(one, fixture_set({base + "d", base + "e", base + "f"}).dump());
        client.expect_result(two, fixture_set({base + "h"}).dump());
        core.expect_no_request();
    }
}

TEST(ClientGet, LeavesNoSubscription) {  // S-GET-1: [CGT-1], [CGT-3]
    for (const std::string base : {"test.model", "test.collection"}) {
        Core core;
        TestClient& client = core.connect();
        EXPECT_EQ(result_of(core, client, "get." + base), fixture_set({base}));
        expect_silent(core, client, base);
        EXPECT_EQ(result_of(core, client, "get." + base + ".parent"),
                  fixture_set({base, base + ".parent"}));
        expect_silent(core, client, base);
        expect_silent(core, client, base + ".parent");
        client.expect_error(client.request("unsubscribe." + base), "system.noSubscription");
        EXPECT_EQ(client.session().subscription_count(), 0U);
    }
}

TEST(ClientGet, DiscardsEventsBetweenLoadAndResponse) {  // [CGT-3], [GET-2], [Q20-2]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("get.test.model.parent");
    core.answer("get.test.model.parent", fixture_reply("test.model.parent"));
    core.answer("get.test.model", fixture_reply("test.model"));
    core.publish("event.test.model.custom", "1");
    core.publish("event.test.model.parent.custom", "1");
    core.answer("access.test.model.parent", granted);
    client.expect_result(id, fixture_set({"test.model", "test.model.parent"}).dump());
    client.expect_nothing();
}

TEST(ClientGet, OmitsWhatTheClientIsSubscribedTo) {  // [CGT-2], [SET-3]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model");
    EXPECT_EQ(result_of(core, client, "get.test.model"), Json::object());
    EXPECT_EQ(result_of(core, client, "get.test.model.parent"), fixture_set({"test.model.parent"}));
    expect_live(core, client, "test.model");
    expect_silent(core, client, "test.model.parent");
}

TEST(ClientGet, AfterAFailureAsksAgain) {  // [GET-3], [Q20-5]
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("get.test.model");
    core.serve("test.model", not_found);
    client.expect_error(id, "system.notFound");
    EXPECT_EQ(result_of(core, client, "get.test.model"), fixture_set({"test.model"}));
}

}  // namespace
}  // namespace resgate::test
