// Unsubscribe (20.6) and the limit of direct subscriptions (20.14): S-UNS-*, W-40, W-41.

#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

std::string success(std::uint64_t id) {
    return R"({"id":)" + std::to_string(id) + "}";
}

TEST(ClientUnsubscribe, EndsTheEvents) {  // S-UNS-1: [CUS-3], [GCO-2], [RSP-2]
    for (const std::string base : {"test.model", "test.collection"}) {
        for (const std::string& rid : {base, base + ".parent"}) {
            Core core;
            TestClient& client = core.connect();
            result_of(core, client, "subscribe." + rid);
            client.expect(success(client.request("unsubscribe." + rid)));
            expect_silent(core, client, base);
            expect_silent(core, client, rid);
            EXPECT_EQ(client.session().subscription_count(), 0U);
        }
    }
}

TEST(ClientUnsubscribe, FailsWithoutASubscription) {  // S-UNS-2: [CUS-2]
    Core core;
    TestClient& client = core.connect();
    client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
    result_of(core, client, "subscribe.test.model.parent");
    client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
    expect_live(core, client, "test.model");
    // [RID-6]: rids are the same iff they are the same string.
    client.expect_error(client.request("unsubscribe.test.model.parent?"), "system.noSubscription");
    core.expect_no_request();
}

TEST(ClientUnsubscribe, KeepsWhatAnotherResourceRefersTo) {  // S-UNS-3: [GCO-2]
    for (const std::string base : {"test.model", "test.collection"}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe." + base + ".parent");
        result_of(core, client, "subscribe." + base + ".secondparent");
        client.expect(success(client.request("unsubscribe." + base + ".parent")));
        expect_silent(core, client, base + ".parent");
        expect_live(core, client, base + ".secondparent");
        expect_live(core, client, base);
    }
}

TEST(ClientUnsubscribe, CountsResourceResponses) {  // S-UNS-4: [CUS-1], [RES-2], W-09
    for (const bool at_once : {true, false}) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe.test.model");
        const auto id = client.request("call.test.getModel");
        core.answer("access.test", full);
        core.answer("call.test.getModel", R"({"resource":{"rid":"test.model"}})");
        client.expect_result(id, R"({"rid":"test.model"})");
        client.expect_error(client.request("unsubscribe.test.model", R"({"count":3})"),
                            "system.noSubscription");
        if (at_once) {
            client.expect(success(client.request("unsubscribe.test.model", R"({"count":2})")));
        } else {
            client.expect(success(client.request("unsubscribe.test.model", "{}")));
            expect_live(core, client, "test.model");
            client.expect(success(client.request("unsubscribe.test.model")));
        }
        expect_silent(core, client, "test.model");
    }
}

TEST(ClientUnsubscribe, FollowsTheTableOf206) {  // S-UNS-5: [CUS-1], [CUS-2]

    struct Row {
        int direct;
        std::optional<std::string> params;
        std::string_view error;
    };

    const std::string_view invalid = "system.invalidParams";
    const std::string_view none = "system.noSubscription";
    const Row rows[] = {
        {1, std::nullopt, ""},
        {1, "null", ""},
        {1, "{}", ""},
        {1, R"({"foo":"bar"})", ""},
        {1, R"({"count":1})", ""},
        {1, R"({"count":null})", ""},
        {2, R"({"count":2})", ""},
        {1, "[]", invalid},
        {1, "1", invalid},
        {1, R"("count")", invalid},
        {1, R"({"count":"foo"})", invalid},
        {1, R"({"count":true})", invalid},
        {1, R"({"count":1.0})", invalid},
        {1, R"({"count":1e0})", invalid},
        {1, R"({"count":0})", invalid},
        {1, R"({"count":-1})", invalid},
        {1, R"({"count":[1]})", invalid},
        {1, R"({"count":99999999999999999999})", invalid},
        {1, R"({"count":2})", none},
        {1, R"({"count":65537})", none},
        {1, R"({"count":9223372036854775807})", none},
        {0, std::nullopt, none},
        {0, R"({"count":0})", invalid},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.params.value_or("absent"));
        Core core;
        TestClient& client = core.connect();
        for (int i = 0; i < row.direct; ++i)
            result_of(core, client, "subscribe.test.model");
        const auto id = client.request("unsubscribe.test.model", row.params);
        if (row.error.empty()) {
            client.expect(success(id));
            expect_silent(core, client, "test.model");
            continue;
        }
        client.expect(Json({{"error", error_object(row.error)}, {"id", id}}).dump());
        if (row.direct > 0)
            expect_live(core, client, "test.model");
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

TEST(ClientUnsubscribe, CancelsTheEventSubscriptionsAtOnceWithoutLinger) {  // S-UNS-6: [CFG-1]
    Core::Options options;
    options.settings.unsubscribe_delay = std::chrono::milliseconds(0);
    for (const std::string rid : {"test.model", "test.model.parent", "test.m.d"}) {
        Core core(options);
        TestClient& client = core.connect();
        result_of(core, client, "subscribe." + rid);
        EXPECT_FALSE(core.event_subscriptions().empty());
        client.expect(success(client.request("unsubscribe." + rid)));
        EXPECT_TRUE(core.event_subscriptions().empty());  // [ENT-6]
    }
}

TEST(ClientUnsubscribe, CountsPendingSubscribes) {  // [CUS-4], [CNT-5], [CNT-6]
    Core core;
    TestClient& client = core.connect();
    const auto one = client.request("subscribe.test.model");
    const auto two = client.request("subscribe.test.model");
    // One is taken back, the subscription survives: both requests are answered as usual.
    client.expect(success(client.request("unsubscribe.test.model")));
    core.serve("test.model", fixture_reply("test.model"));
    client.expect_result(one, fixture_set({"test.model"}).dump());
    client.expect_result(two, "{}");
    client.expect(success(client.request("unsubscribe.test.model")));
    client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
    expect_silent(core, client, "test.model");
}

TEST(ClientUnsubscribe, EndsPendingRequestsWhoseSubscriptionGoes) {  // W-40: [CNT-6], [Q20-1]
    for (const std::string_view type : {"subscribe", "get"}) {
        Core core;
        TestClient& client = core.connect();
        const auto one = client.request(std::string(type) + ".test.model");
        const auto two = client.request("unsubscribe.test.model");
        Json answers = {client.next(), client.next()};
        if (!answers[0].contains("error"))
            std::swap(answers[0], answers[1]);
        EXPECT_EQ(answers[0],
                  Json({{"error", error_object("system.disposedSubscription")}, {"id", one}}));
        EXPECT_EQ(answers[1], Json({{"id", two}}));
        core.serve("test.model", fixture_reply("test.model"));  // too late
        client.expect_nothing();
        EXPECT_EQ(client.session().subscription_count(), 0U);
        EXPECT_EQ(core.log.take_errors(), 0U);
    }
}

TEST(ClientUnsubscribe, EndsAPendingResourceResponse) {  // [CNT-6]
    Core core;
    TestClient& client = core.connect();
    const auto one = client.request("auth.test.x.login");
    core.answer("auth.test.x.login", R"({"resource":{"rid":"test.model"}})");
    const auto two = client.request("unsubscribe.test.model");
    Json answers = {client.next(), client.next()};
    if (answers[0]["id"] != one)
        std::swap(answers[0], answers[1]);
    EXPECT_EQ(answers[0]["result"],
              Json({{"rid", "test.model"},
                    {"errors", {{"test.model", error_object("system.disposedSubscription")}}}}));
    EXPECT_EQ(answers[1], Json({{"id", two}}));
}

TEST(ClientLimit, Allows256DirectSubscriptionsOfAResource) {  // W-41: [LIM-1]
    Core core;
    TestClient& client = core.connect();
    for (int i = 0; i < 256; ++i)
        result_of(core, client, "subscribe.test.model");
    for (const std::string_view type : {"subscribe", "get"}) {
        const auto id = client.request(std::string(type) + ".test.model");
        client.expect(
            Json({{"error", error_object("system.subscriptionLimitExceeded")}, {"id", id}}).dump());
        core.expect_no_request();
    }
    const auto id = client.request("auth.test.x.login");  // [CCL-6]
    core.answer("auth.test.x.login", R"({"resource":{"rid":"test.model"}})");
    client.expect_error(id, "system.subscriptionLimitExceeded");
    core.expect_no_request();
    result_of(core, client, "subscribe.test.model.parent");  // others are not concerned
    client.expect(success(client.request("unsubscribe.test.model", R"({"count":256})")));
    client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
    expect_live(core, client, "test.model");  // still referred to
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(ClientLimit, CountsPendingSubscriptions) {  // [LIM-1], [CUS-4]
    Core core;
    TestClient& client = core.connect();
    for (int i = 0; i < 256; ++i)
        client.request("subscribe.test.model");
    client.expect_error(client.request("subscribe.test.model"), "system.subscriptionLimitExceeded");
    core.serve("test.model", not_found);
    core.expect_no_request();
    for (int i = 0; i < 256; ++i)
        EXPECT_EQ(client.next()["error"]["code"], "system.notFound");
    client.expect_error(client.request("unsubscribe.test.model"), "system.noSubscription");
}

}  // namespace
}  // namespace resgate::test
