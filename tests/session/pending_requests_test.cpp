// What requests cost that wait for services: a client decides how many there are.

#include <string>

#include <gtest/gtest.h>

#include "support/core.h"
#include "support/work.h"

namespace resgate::test {
namespace {

/// `count` clients' worth of requests, none of which is ever answered.
enum class Waiting : std::uint8_t {
    on_other_resources,
    on_the_same_name,
    on_the_same_rid,  ///< which is held indirectly; unsubscribed from, but still to be answered
};

void make_wait(TestClient& client, Waiting waiting, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        switch (waiting) {
            case Waiting::on_other_resources:
                client.request("subscribe.other." + std::to_string(i));
                break;
            case Waiting::on_the_same_name:
                client.request("subscribe.test.model?" + std::to_string(i));
                break;
            case Waiting::on_the_same_rid:
                client.request("subscribe.test.model");
                client.request("unsubscribe.test.model");
                client.next();
                break;
        }
    }
}

std::uint64_t work_of_a_turn(Waiting waiting, std::size_t count) {
    Core core;
    TestClient& client = core.connect();
    client.request("subscribe.test.parent");
    core.serve("test.parent", model(R"({"child":{"rid":"test.model"}})"));
    core.answer("get.test.model", model("{}"));
    client.next();
    make_wait(client, waiting, count);
    const auto turns = [&](std::size_t number) {
        for (std::size_t i = 0; i < number; ++i) {
            client.request("subscribe.test.turn");
            client.request("unsubscribe.test.turn");
            client.request("subscribe.test.model");
            client.request("unsubscribe.test.model");
        }
    };
    turns(8);  // from here on the tables have their size, more or less
    return work_of([&] { turns(64); }) / 64;
}

// [CLI-7], [CNT-5], [CNT-6]: a client could make the gateway look at all of its requests for each
// of its messages, and so at a billion of them with some ten thousand messages.
TEST(PendingRequests, CostTheSameHoweverManyThereAre) {
    for (const Waiting waiting :
         {Waiting::on_other_resources, Waiting::on_the_same_name, Waiting::on_the_same_rid}) {
        SCOPED_TRACE(static_cast<int>(waiting));
        const std::uint64_t among_few = work_of_a_turn(waiting, 100);
        const std::uint64_t among_many = work_of_a_turn(waiting, 8000);
        EXPECT_LT(among_many, among_few * 3) << "few: " << among_few;
    }
}

}  // namespace
}  // namespace resgate::test
