#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

const std::string plain_model = R"({"string":"foo","int":42,"bool":true,"null":null})";
const std::string soft_model = R"({"name":"soft","child":{"rid":"test.model","soft":true}})";
const std::string data_model =
    R"({"name":"data","primitive":{"data":12},"object":{"data":{"foo":["bar"]}}})";
const std::string data_model_seen =
    R"({"name":"data","primitive":12,"object":{"data":{"foo":["bar"]}}})";
const std::string plain_collection = R"(["foo",42,true,null])";

/// One row of the tables in 50.3.
struct Update {
    std::string before;  ///< result member "model" or "collection", as the service gives it
    std::string event;
    std::string payload;
    std::string sent;  ///< data of the client event; empty if there is none
    std::string after;
    std::size_t errors = 0;
};

class Updates : public testing::TestWithParam<Update> {};

// [UPD-1] to [UPD-7], [VAL-4], S-CHG-2, S-COL-1
TEST_P(Updates, ReachSubscribersAndTheCache) {
    const Update& row = GetParam();
    const bool is_model = row.before.starts_with('{');
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.r");
    core.serve("test.r", is_model ? model(row.before) : collection(row.before));
    client.next();

    core.publish("event.test.r." + row.event, row.payload);
    if (!row.sent.empty())
        client.expect_event("test.r." + row.event, row.sent);
    client.expect_nothing();
    EXPECT_EQ(core.log.take_errors(), row.errors);

    client.request("unsubscribe.test.r");
    client.next();
    const auto id = client.request("subscribe.test.r");
    core.answer("access.test.r", granted);  // [ENT-7]: no get
    core.expect_no_request();
    client.expect_result(id, std::string(R"({")") + (is_model ? "models" : "collections") +
                                 R"(":{"test.r":)" + row.after + "}}");
}

const std::vector<Update> changes = {
    {plain_model, "change", R"({"values":{"string":"bar","int":-12}})",
     R"({"values":{"string":"bar","int":-12}})",
     R"({"string":"bar","int":-12,"bool":true,"null":null})"},
    {plain_model, "change", R"({"values":{"new":false}})", R"({"values":{"new":false}})",
     R"({"string":"foo","int":42,"bool":true,"null":null,"new":false})"},
    {plain_model, "change", R"({"values":{"int":{"action":"delete"}}})",
     R"({"values":{"int":{"action":"delete"}}})", R"({"string":"foo","bool":true,"null":null})"},
    {plain_model, "change", R"({"values":{"soft":{"rid":"test.model.soft","soft":true}}})",
     R"({"values":{"soft":{"rid":"test.model.soft","soft":true}}})",
     R"({"string":"foo","int":42,"bool":true,"null":null,"soft":{"rid":"test.model.soft","soft":true}})"},
    {plain_model, "change", R"({"values":{}})", "", plain_model},
    {plain_model, "change", R"({"values":{"string":"foo"}})", "", plain_model},
    {plain_model, "change", R"({"values":{"string":"foo","int":42}})", "", plain_model},
    {plain_model, "change", R"({"values":{"invalid":{"action":"delete"}}})", "", plain_model},
    {plain_model, "change", R"({"values":{"null":{"data":null}}})", "", plain_model},
    {plain_model, "change", R"({"values":{"null":null,"string":"bar"}})",
     R"({"values":{"string":"bar"}})", R"({"string":"bar","int":42,"bool":true,"null":null})"},
    {plain_model, "change", R"({"string":"bar","int":-12})",
     R"({"values":{"string":"bar","int":-12}})",
     R"({"string":"bar","int":-12,"bool":true,"null":null})", 1},
    {soft_model, "change", R"({"values":{"child":null}})", R"({"values":{"child":null}})",
     R"({"name":"soft","child":null})"},
    {soft_model, "change", R"({"values":{"child":{"rid":"test.model","soft":true}}})", "",
     soft_model},
    {data_model, "change", R"({"values":{"primitive":{"data":13}}})",
     R"({"values":{"primitive":13}})",
     R"({"name":"data","primitive":13,"object":{"data":{"foo":["bar"]}}})"},
    {data_model, "change", R"({"values":{"primitive":12,"object":{"data":{"foo":["bar"]}}}})", "",
     data_model_seen},
    {data_model, "change", R"({"values":{"object":{"data":{"foo":["baz"]}}}})",
     R"({"values":{"object":{"data":{"foo":["baz"]}}}})",
     R"({"name":"data","primitive":12,"object":{"data":{"foo":["baz"]}}})"},
    {plain_model, "custom", R"({"values":{"int":1}})", R"({"values":{"int":1}})", plain_model},
    {plain_model, "add", R"({"idx":0,"value":1})", "", plain_model, 1},
    {plain_model, "remove", R"({"idx":0})", "", plain_model, 1},
};
INSTANTIATE_TEST_SUITE_P(Models, Updates, testing::ValuesIn(changes));

const std::vector<Update> additions = {
    {plain_collection, "add", R"({"idx":0,"value":"bar"})", R"({"idx":0,"value":"bar"})",
     R"(["bar","foo",42,true,null])"},
    {plain_collection, "add", R"({"idx":4,"value":"bar"})", R"({"idx":4,"value":"bar"})",
     R"(["foo",42,true,null,"bar"])"},
    {plain_collection, "add", R"({"idx":0,"value":{"data":12}})", R"({"idx":0,"value":12})",
     R"([12,"foo",42,true,null])"},
    {plain_collection, "add", R"({"idx":0,"value":{"data":{"foo":["bar"]}}})",
     R"({"idx":0,"value":{"data":{"foo":["bar"]}}})",
     R"([{"data":{"foo":["bar"]}},"foo",42,true,null])"},
    {plain_collection, "add", R"({"idx":4,"value":null})", R"({"idx":4,"value":null})",
     R"(["foo",42,true,null,null])"},
    {plain_collection, "add", R"({"idx":5,"value":1})", "", plain_collection, 1},
    {plain_collection, "add", R"({"idx":-1,"value":1})", "", plain_collection, 1},
    {plain_collection, "add", R"({"idx":0})", "", plain_collection, 1},
    {plain_collection, "add", R"({"idx":0,"value":{"action":"delete"}})", "", plain_collection, 1},
    {plain_collection, "add", R"({"idx":0,"value":[1]})", "", plain_collection, 1},
    {plain_collection, "add", R"({"idx":1.0,"value":1})", "", plain_collection, 1},
    {plain_collection, "remove", R"({"idx":0})", R"({"idx":0})", R"([42,true,null])"},
    {plain_collection, "remove", R"({"idx":3})", R"({"idx":3})", R"(["foo",42,true])"},
    {plain_collection, "remove", R"({"idx":4})", "", plain_collection, 1},
    {plain_collection, "remove", R"({"idx":-1})", "", plain_collection, 1},
    {plain_collection, "change", R"({"values":{"a":1}})", "", plain_collection, 1},
};
INSTANTIATE_TEST_SUITE_P(Collections, Updates, testing::ValuesIn(additions));

// [UPD-3], [ENT-7]
TEST(UpdatesWithoutSubscribers, AreAppliedDuringTheLingerTime) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.r");
    core.serve("test.r", model(R"({"a":1})"));
    client.next();
    client.request("unsubscribe.test.r");
    client.next();
    core.publish("event.test.r.change", R"({"values":{"a":5}})");
    const auto id = client.request("subscribe.test.r");
    core.answer("access.test.r", granted);
    client.expect_result(id, R"({"models":{"test.r":{"a":5}}})");
}

// [UPD-1]: all subscribers, on all loops, see the same order.
TEST(UpdatesOnSeveralLoops, ReachEverySubscriberInTheSameOrder) {
    Core core({{}, 3, 0});
    std::vector<TestClient*> clients;
    for (std::size_t loop : {0U, 1U, 2U, 1U})
        clients.push_back(&core.connect("1.2.3", loop));
    for (TestClient* client : clients)
        client->request("subscribe.test.r");
    core.answer("get.test.r", collection("[]"));
    for (std::size_t i = 0; i < clients.size(); ++i)
        core.answer("access.test.r", granted);
    for (TestClient* client : clients)
        client->next();
    for (int i = 0; i < 3; ++i)
        core.publish("event.test.r.add", Json({{"idx", i}, {"value", i}}).dump());
    core.publish("event.test.r.custom", "1");
    for (TestClient* client : clients) {
        for (int i = 0; i < 3; ++i)
            client->expect_event("test.r.add", Json({{"idx", i}, {"value", i}}).dump());
        client->expect_event("test.r.custom", "1");
        client->expect_nothing();
    }
}

// [LOD-2], [UPD-2]: an event that is under way to a loop precedes or follows the snapshot, never
// both and never neither.
TEST(UpdatesOnSeveralLoops, FitTheSnapshotHoweverTheExchangeIsInterleaved) {
    for (int order = 0; order < 3; ++order) {
        Core core({{}, 2, 0});
        TestClient& first = core.connect("1.2.3", 0);
        first.request("subscribe.test.r");
        core.serve("test.r", model(R"({"n":1})"));
        first.next();
        TestClient& second = core.connect("1.2.3", 1);

        core.automatic = false;
        if (order == 0)
            core.publish("event.test.r.change", R"({"values":{"n":2}})");
        second.request("subscribe.test.r");
        if (order == 1)
            core.publish("event.test.r.change", R"({"values":{"n":2}})");
        while (core.pump_to_hub(1)) {
        }
        if (order == 2)
            core.publish("event.test.r.change", R"({"values":{"n":2}})");
        core.automatic = true;
        core.answer("access.test.r", granted);

        const Json response = second.next();
        int seen = response["result"]["models"]["test.r"]["n"].get<int>();
        if (second.waiting() > 0)
            seen += second.next()["data"]["values"]["n"].get<int>() * 10;
        EXPECT_EQ(seen, order == 2 ? 21 : 2);
        second.expect_nothing();
        first.expect_event("test.r.change", R"({"values":{"n":2}})");
    }
}

}  // namespace
}  // namespace resgate::test
