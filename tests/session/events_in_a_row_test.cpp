// Events of one resource that follow each other are handed to each client together: nobody may be
// able to tell ([HLD-1], [APP-2], [DEL-3]).

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

void change(Core& core, std::string_view values) {
    core.publish("event.test.model.change", R"({"values":)" + std::string(values) + '}');
}

void expect_change(TestClient& client, std::string_view values) {
    client.expect_event("test.model.change", R"({"values":)" + std::string(values) + '}');
}

TEST(EventsInARow, KeepTheirOrderAmongThoseOfOtherResources) {
    Core core;
    TestClient& one = core.connect();
    result_of(core, one, "subscribe.test.model");
    TestClient& other = core.connect();
    result_of(core, other, "subscribe.test.collection");
    TestClient& both = core.connect();
    result_of(core, both, "subscribe.test.model");
    result_of(core, both, "subscribe.test.collection");
    core.automatic = false;
    change(core, R"({"int":1})");
    change(core, R"({"int":2})");
    core.publish("event.test.collection.remove", R"({"idx":0})");
    change(core, R"({"int":3})");
    core.publish("event.test.model.custom", "[4]");
    core.pump();
    expect_change(both, R"({"int":1})");
    expect_change(both, R"({"int":2})");
    both.expect_event("test.collection.remove", R"({"idx":0})");
    expect_change(both, R"({"int":3})");
    both.expect_event("test.model.custom", "[4]");
    both.expect_nothing();
    for (const std::string_view values : {R"({"int":1})", R"({"int":2})", R"({"int":3})"})
        expect_change(one, values);
    one.expect_event("test.model.custom", "[4]");
    one.expect_nothing();
    other.expect_event("test.collection.remove", R"({"idx":0})");
    other.expect_nothing();
}

TEST(EventsInARow, ReachEveryClient) {
    Core core;
    std::vector<TestClient*> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(&core.connect(i % 2 == 0 ? "1.999.999" : "1.1.1"));
        result_of(core, *clients.back(), "subscribe.test.model");
    }
    core.automatic = false;
    change(core, R"({"int":1})");
    change(core, R"({"string":{"rid":"test.model.soft","soft":true}})");
    change(core, R"({"int":3})");
    core.pump();
    for (std::size_t i = 0; i < clients.size(); ++i) {
        SCOPED_TRACE(i);
        expect_change(*clients[i], R"({"int":1})");
        expect_change(*clients[i], i % 2 == 0
                                       ? R"({"string":{"rid":"test.model.soft","soft":true}})"
                                       : R"({"string":"test.model.soft"})");  // [LEG-3]
        expect_change(*clients[i], R"({"int":3})");
        clients[i]->expect_nothing();
    }
}

/// Two clients that have the model, and a core that exchanges nothing by itself.
struct EventsInARowForTwo : testing::Test {
    EventsInARowForTwo() {
        for (TestClient*& client : clients) {
            client = &core.connect();
            result_of(core, *client, "subscribe.test.model");
        }
        core.automatic = false;
    }

    Core core;
    std::array<TestClient*, 2> clients{};
};

TEST_F(EventsInARowForTwo, AreHeldBackBehindOneThatWaitsForAReference) {
    change(core, R"({"int":1})");
    change(core, R"({"string":{"rid":"test.collection"}})");
    change(core, R"({"int":3})");
    core.pump();
    for (TestClient* const client : clients) {
        expect_change(*client, R"({"int":1})");
        client->expect_nothing();
    }
    core.automatic = true;
    core.answer("get.test.collection", fixture_reply("test.collection"));
    for (TestClient* const client : clients) {
        EXPECT_EQ(client->next()["event"], "test.model.change");
        expect_change(*client, R"({"int":3})");
        client->expect_nothing();
    }
}

TEST_F(EventsInARowForTwo, EndWithADeletion) {
    change(core, R"({"int":1})");
    change(core, R"({"int":2})");
    core.publish("event.test.model.delete");
    change(core, R"({"int":3})");
    core.pump();
    for (TestClient* const client : clients) {
        expect_change(*client, R"({"int":1})");
        expect_change(*client, R"({"int":2})");
        EXPECT_EQ(client->next()["event"], "test.model.delete");
        EXPECT_EQ(client->next()["event"], "test.model.unsubscribe");
        client->expect_nothing();
    }
}

}  // namespace
}  // namespace resgate::test
