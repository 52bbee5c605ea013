// Events held back for a client are bounded ([LMT-15]).

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "support/core.h"

namespace resgate::test {
namespace {

constexpr std::size_t limit = 40000;

/// More of these than may be held back make up many times the limit.
std::string large(int number) {
    return '"' + std::string(1000, 'x') + std::to_string(number) + '"';
}

std::string change(int number) {
    return R"({"values":{"n":)" + large(number) + "}}";
}

class HeldEvents : public testing::Test {
  protected:
    static Core::Options options() {
        Core::Options options;
        options.max_held_bytes = limit;
        return options;
    }

    /// Subscribes a model that refers to another, whose get is not answered.
    void subscribe_with_slow_child() {
        request = client.request("subscribe.p");
        core.serve("p", model(R"({"child":{"rid":"c"},"n":0})"));
        child.push_back(core.take("get.c"));
    }

    /// The client gets a model, its token changes, and the access request that follows is not
    /// answered.
    ServiceCall recheck_what_the_client_has() {
        client.request("subscribe.p");
        core.serve("p", model(R"({"n":0})"));
        client.next();
        for (const std::string_view token : {R"({"token":1})", R"({"token":2})"})
            core.publish("conn." + client.cid() + ".token", token);
        return core.take("access.p");
    }

    void publish(const std::string& event, int from, int to) {
        for (int i = from; i < to; ++i)
            core.publish("event.p." + event, event == "change" ? change(i) : large(i));
    }

    void expect_changes(int from, int to) {
        for (int i = from; i < to; ++i)
            client.expect_event("p.change", change(i));
    }

    Core core{options()};
    TestClient& client = core.connect();
    std::uint64_t request = 0;
    std::vector<ServiceCall> child;
};

// [LMT-15], [SND-4]: the content has them.
TEST_F(HeldEvents, AreAbsorbedWhileAReferenceLoads) {
    subscribe_with_slow_child();
    for (int i = 1; i <= 200; ++i) {
        core.publish("event.p.change", change(i));
        EXPECT_LT(client.session().held_event_bytes(), limit + 5000);
    }
    EXPECT_FALSE(client.given_up());
    client.expect_nothing();
    core.reply(child.front(), model("{}"));
    const Json result = client.next();
    ASSERT_EQ(result["id"], request);
    // The last ones follow, up to the last: none is missing between content and events.
    std::string state = result["result"]["models"]["p"]["n"];
    int last = std::stoi(state.substr(1000));
    EXPECT_GT(last, 100);
    expect_changes(last + 1, 201);
    client.expect_nothing();
    EXPECT_EQ(client.session().held_event_bytes(), 0U);
    publish("change", 201, 202);
    expect_changes(201, 202);
}

// [SND-4]: custom events are always sent, and what came after them is not in the content.
TEST_F(HeldEvents, AreAbsorbedUpToACustomEvent) {
    subscribe_with_slow_child();
    publish("change", 1, 11);
    core.publish("event.p.custom", "1");
    publish("change", 11, 16);
    EXPECT_FALSE(client.given_up());
    core.reply(child.front(), model("{}"));
    std::string state = client.next()["result"]["models"]["p"]["n"];
    EXPECT_EQ(state.substr(1000), "10");
    client.expect_event("p.custom", "1");
    expect_changes(11, 16);
    client.expect_nothing();
}

TEST_F(HeldEvents, ThatCannotBeAbsorbedHaveTheClientClosed) {
    for (const std::string event : {"custom", "add"}) {
        SCOPED_TRACE(event);
        Core other(options());
        TestClient& listener = other.connect();
        listener.request("subscribe.p");
        other.serve("p", collection(R"([{"rid":"c"}])"));
        const ServiceCall slow = other.take("get.c");
        for (int i = 0; i < 100 && !listener.given_up(); ++i) {
            other.publish("event.p." + event, event == "custom" ? large(i)
                                                                : R"({"idx":0,"value":{"rid":"c)" +
                                                                      large(i).substr(1) + "}}");
            EXPECT_LT(listener.session().held_event_bytes(), limit + 5000);
        }
        EXPECT_TRUE(listener.given_up());
        listener.expect_nothing();
        listener.disconnect();
        other.reply(slow, model("{}"));
        EXPECT_EQ(other.hub().use_count(), 0U);
    }
}

// The client has the resource, so that only events can tell it of changes.
TEST_F(HeldEvents, DuringARecheckHaveTheClientClosedWhenTheyAreTooMuch) {
    const ServiceCall access = recheck_what_the_client_has();
    int published = 0;
    while (published < 100 && !client.given_up())
        core.publish("event.p.change", change(++published));
    EXPECT_TRUE(client.given_up());
    EXPECT_LT(published, 20);
    // Until the connection has ended, nothing is missing.
    core.reply(access, granted);
    expect_changes(1, published + 1);
    EXPECT_EQ(client.session().held_event_bytes(), 0U);
}

// One event of any size is held back, like any other.
TEST_F(HeldEvents, MayBeAsLargeAsTheyLike) {
    const ServiceCall access = recheck_what_the_client_has();
    core.publish("event.p.custom", '"' + std::string(2 * limit, 'x') + '"');
    EXPECT_FALSE(client.given_up());
    core.reply(access, granted);
    EXPECT_EQ(client.next()["event"], "p.custom");
}

// The cache does not answer any more: the deletion knows the content.
TEST_F(HeldEvents, AreAbsorbedWhenTheResourceIsDeletedMeanwhile) {
    subscribe_with_slow_child();
    core.automatic = false;
    for (int i = 1; i <= 20; ++i)
        core.publish("event.p.change", change(i));
    core.publish("event.p.delete");
    while (core.pump_to_loop(0)) {
    }
    core.automatic = true;
    core.pump();
    core.reply(child.front(), model("{}"));
    const std::string state = client.next()["result"]["models"]["p"]["n"];
    const int last = std::stoi(state.substr(1000));
    EXPECT_GT(last, 0);
    expect_changes(last + 1, 21);
    EXPECT_EQ(client.next()["event"], "p.delete");
    EXPECT_EQ(client.next()["event"], "p.unsubscribe");
    client.expect_nothing();
    EXPECT_EQ(client.session().held_event_bytes(), 0U);
}

// Nobody will ever send them.
TEST_F(HeldEvents, DoNotExistForHttp) {
    session::Session& session = core.sessions().open(nullptr, {Text("{}"), true, nullptr});
    std::string content;
    session.get(
        "p", [](const res::Meta&) { return session::Next::proceed; },
        [&](const res::Result<const session::Subscription*>& root) {
            ASSERT_TRUE(root.ok());
            content = (*root)->content()->text();
        });
    core.pump();
    core.serve("p", model(R"({"child":{"rid":"c"},"n":0})"));
    const ServiceCall slow = core.take("get.c");
    publish("change", 1, 100);
    EXPECT_EQ(session.held_event_bytes(), 0U);
    core.publish("event.p.delete");
    core.reply(slow, model("{}"));
    EXPECT_EQ(content, R"({"child":{"rid":"c"},"n":0})");
    core.sessions().close(session);
    core.pump();
    EXPECT_EQ(core.hub().use_count(), 0U);
}

}  // namespace
}  // namespace resgate::test
