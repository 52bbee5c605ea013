// Deleted and failed resources (40.9, 40.13).

#include <string>

#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

constexpr std::string_view deleted_reason =
    R"({"reason":{"code":"system.deleted","message":"Deleted"}})";

const Contents contents = {
    {"m", R"({"model":{"a":1}})"},
    {"p", R"({"model":{"m":{"rid":"m"}}})"},
    {"q", R"({"model":{"m":{"rid":"m"},"slow":{"rid":"slow"}}})"},
    {"slow", R"({"model":{}})"},
};

class Deletion : public testing::Test {
  protected:
    void subscribe(std::string_view rid) { subscribe_served(core, client, rid, contents); }

    Core core;
    TestClient& client = core.connect();
};

TEST_F(Deletion, IsToldAndEndsTheSubscription) {  // S-DEL-1: [DEL-1], [DEL-3]
    subscribe("m");
    subscribe("m");
    core.publish("event.m.delete");
    client.expect_event("m.delete", "null");
    client.expect_event("m.unsubscribe", deleted_reason);
    core.publish("event.m.custom");
    client.expect_nothing();
    const auto id = client.request("unsubscribe.m");
    client.expect_error(id, "system.noSubscription");
    EXPECT_EQ(core.hub().use_count(), 0U);
}

TEST_F(Deletion, OfAnIndirectResourceIsOnlyTold) {  // [DEL-3], [DEL-4]
    subscribe("p");
    core.publish("event.m.delete", R"({"why":"x"})");
    client.expect_event("m.delete", R"({"why":"x"})");
    client.expect_nothing();
    core.publish("event.p.custom");
    client.expect_event("p.custom", "null");
    EXPECT_EQ(core.hub().use_count(), 1U);
}

TEST_F(Deletion, LeadsToAnOrdinaryNewSubscription) {  // S-DEL-3: [DEL-2], [DEL-6]
    TestClient& other = core.connect();
    subscribe("m");
    core.publish("event.m.delete");
    client.next();
    client.next();
    subscribe_served(core, other, "m", contents);
    core.publish("event.m.custom", "1");
    other.expect_event("m.custom", "1");
    client.expect_nothing();
    const auto id = client.request("subscribe.m");
    EXPECT_EQ(core.pending_subjects(), std::vector<std::string>{"access.m"});
    core.answer("access.m", granted);
    client.expect_result(id, set_of(contents, {"m"}).dump());
}

TEST_F(Deletion, OfAReferencedResourceIsOvercomeByASubscribe) {  // W-28: [DEL-5], [ACC-4], [Q40-4]
    TestClient& other = core.connect();
    subscribe("p");
    subscribe("m");
    core.publish("event.m.delete");
    client.expect_event("m.delete", "null");
    client.expect_event("m.unsubscribe", deleted_reason);
    subscribe_served(core, other, "m", contents);
    core.publish("event.m.custom", "2");
    other.expect_event("m.custom", "2");
    client.expect_nothing();
    const auto id = client.request("subscribe.m");
    core.expect_no_request();
    client.expect_result(id, set_of(contents, {"m"}).dump());
    core.publish("event.m.custom", "3");
    client.expect_event("m.custom", "3");
    other.expect_event("m.custom", "3");
}

TEST_F(Deletion, StaysIfTheNewLoadFails) {  // [DEL-5]
    subscribe("p");
    core.publish("event.m.delete");
    client.expect_event("m.delete", "null");
    for (const bool access_first : {true, false}) {
        core.publish("event.m.reaccess");  // forgets what is remembered
        const auto id = client.request("subscribe.m");
        if (access_first)
            core.answer("access.m", granted);
        core.answer("get.m", not_found);
        if (!access_first)
            core.answer("access.m", granted);
        client.expect_error(id, "system.notFound");
    }
    // A new reference adds nothing to a set: the client still has what was deleted.
    core.publish("event.p.change", R"({"values":{"n":{"rid":"m"}}})");
    core.answer("get.m", not_found);
    client.expect_event("p.change", R"({"values":{"n":{"rid":"m"}}})");
    client.expect_nothing();
}

TEST_F(Deletion, IsOvercomeByANewReference) {  // [DEL-5]
    subscribe("p");
    core.publish("event.m.delete");
    client.next();
    core.publish("event.p.change", R"({"values":{"n":{"rid":"m"}}})");
    core.answer("get.m", model(R"({"a":2})"));
    client.expect_event("p.change", R"({"values":{"n":{"rid":"m"}},"models":{"m":{"a":2}}})");
    core.publish("event.m.custom", "1");
    client.expect_event("m.custom", "1");
}

TEST_F(Deletion, StaysIfTheRequestThatStartedOverIsRefused) {  // [DEL-5]
    subscribe("p");
    core.publish("event.m.delete");
    client.next();
    const auto id = client.request("subscribe.m");
    core.answer("get.m", model(R"({"a":2})"));
    core.answer("access.m", denied);
    client.expect_error(id, "system.accessDenied");
    core.publish("event.m.custom", "1");
    client.expect_nothing();
    EXPECT_EQ(core.hub().use_count(), 1U);
}

// [DEL-5], [GCO-3]: reverting concerns only a client that still has the deleted resource.
TEST_F(Deletion, IsNoStateOfAResourceTheClientHasDropped) {
    subscribe("p");
    core.publish("event.m.delete");
    client.next();
    const auto q = client.request("subscribe.q");  // refers to m, and so starts it over
    serve_pending(core, contents, {"get.slow", "get.m"});
    const auto m = client.request("get.m");
    core.answer("get.m", model(R"({"a":2})"));
    client.request("unsubscribe.p");
    client.next();
    core.answer("access.m", denied);
    client.expect_error(m, "system.accessDenied");
    serve_pending(core, contents);
    const Json response = client.next();
    EXPECT_EQ(response["id"], q);
    EXPECT_EQ(response["result"]["models"]["m"], Json::parse(R"({"a":2})"));
}

// [DEL-5], [GCO-4]: a deleted resource that refers to itself is loaded once when it is dropped.
TEST_F(Deletion, OfAResourceThatRefersToItselfIsOvercomeByOneLoad) {
    const Contents cyclic = {{"p", R"({"model":{"m":{"rid":"m"}}})"},
                             {"q", R"({"model":{"m":{"rid":"m"},"slow":{"rid":"slow"}}})"},
                             {"slow", R"({"model":{}})"},
                             {"m", R"({"model":{"m":{"rid":"m"}}})"}};
    subscribe_served(core, client, "p", cyclic);
    const auto id = client.request("subscribe.q");
    serve_pending(core, cyclic, {"get.slow"});
    core.publish("event.m.delete");
    client.expect_event("m.delete", "null");
    client.request("unsubscribe.p");
    client.next();
    serve_pending(core, cyclic);
    client.expect_result(id, set_of(cyclic, {"q", "m", "slow"}).dump());
    core.publish("event.m.custom", "1");
    client.expect_event("m.custom", "1");
    client.expect_nothing();
    EXPECT_EQ(core.hub().use_count(), 3U);
}

// [DEL-5], [CLI-5]: the request that started the resource over ends, while another one that leads
// to it waits for what the new state refers to.
TEST_F(Deletion, IsOvercomeForARequestThatOutlivesTheOneThatStartedOver) {
    const Contents anew = {{"m", R"({"model":{"slow":{"rid":"slow"}}})"},
                           {"q", R"({"model":{"m":{"rid":"m"}}})"},
                           {"slow", R"({"model":{}})"}};
    for (const bool is_waiting : {true, false}) {
        SCOPED_TRACE(is_waiting);
        Core other_core;
        TestClient& reader = other_core.connect();
        subscribe_served(other_core, reader, "p", contents);
        other_core.publish("event.m.delete");
        reader.next();
        const auto get = reader.request("get.m");
        const auto subscribe = reader.request("subscribe.q");
        serve_pending(other_core, anew, {"get.slow", "access.m", "access.q"});
        if (is_waiting)
            other_core.answer("access.q", granted);
        other_core.answer("access.m", denied);
        reader.expect_error(get, "system.accessDenied");
        serve_pending(other_core, anew);
        reader.expect_result(subscribe, set_of(anew, {"q", "m", "slow"}).dump());
        other_core.publish("event.m.custom", "1");
        reader.expect_event("m.custom", "1");
    }
}

// [DEL-5]: with the last message that leads to it, also if that did not start it over.
TEST_F(Deletion, StaysIfEveryMessageThatLeadsToItEnds) {
    const Contents anew = {{"m", R"({"model":{"slow":{"rid":"slow"}}})"},
                           {"q", R"({"model":{"m":{"rid":"m"}}})"},
                           {"slow", R"({"model":{}})"}};
    subscribe("p");
    core.publish("event.m.delete");
    client.next();
    const auto get = client.request("get.m");
    const auto subscribe = client.request("subscribe.q");
    serve_pending(core, anew, {"access.m", "access.q"});
    core.answer("access.m", denied);
    client.expect_error(get, "system.accessDenied");
    core.answer("access.q", denied);
    client.expect_error(subscribe, "system.accessDenied");
    core.publish("event.m.custom", "1");
    client.expect_nothing();
    EXPECT_EQ(core.hub().use_count(), 1U);
}

TEST_F(Deletion, WaitsBehindTheFirstDelivery) {  // [HLD-1], [DEL-3]
    const auto id = client.request("subscribe.m");
    core.answer("get.m", get_reply(contents, "m"));
    core.publish("event.m.delete");
    core.answer("access.m", granted);
    client.expect_result(id, set_of(contents, {"m"}).dump());
    client.expect_event("m.delete", "null");
    client.expect_event("m.unsubscribe", deleted_reason);
}

// [DEL-3], [CNT-6]: a client forgets a resource with the last request for it, and no event may come
// for what it forgot.
TEST_F(Deletion, AnswersPendingRequestsAfterTheUnsubscribeEvent) {
    subscribe("p");
    const auto id = client.request("subscribe.m");
    client.request("unsubscribe.p");
    client.next();
    core.publish("event.m.delete");
    client.expect_event("m.delete", "null");
    client.expect_event("m.unsubscribe", deleted_reason);
    client.expect_error(id, "system.disposedSubscription");
    core.answer("access.m", granted);
    client.expect_nothing();
}

// [LOD-6]: a delivery whose effects delete what the next one needs.
TEST_F(Deletion, MakesTheNextDeliveryWaitForTheNewLoad) {
    const auto one = client.request("subscribe.p");
    core.answer("access.p", granted);
    core.answer("get.p", get_reply(contents, "p"));
    const auto get = client.request("get.m");
    core.answer("access.m", granted);
    core.answer("get.m", get_reply(contents, "m"));
    client.expect_result(one, set_of(contents, {"p", "m"}).dump());
    client.expect_result(get, "{}");
}

TEST_F(Deletion, ReportsAFailedReferenceAgainWithoutAGet) {  // [FAI-1]
    const Contents broken = {{"b1", R"({"model":{"x":{"rid":"gone"}}})"},
                             {"b2", R"({"model":{"x":{"rid":"gone"}}})"}};
    subscribe_served(core, client, "b1", broken);
    const auto id = client.request("subscribe.b2");
    core.serve("b2", get_reply(broken, "b2"));
    core.expect_no_request();
    const Json response = client.next();
    EXPECT_EQ(response["id"], id);
    EXPECT_EQ(response["result"]["errors"]["gone"]["code"], "system.notFound");
}

TEST_F(Deletion, AFailedReferenceIsLoadedAnewByARequest) {  // [FAI-1], [FAI-4], [Q40-8]
    const Contents broken = {{"b1", R"({"model":{"x":{"rid":"gone"}}})"}};
    subscribe_served(core, client, "b1", broken);
    core.publish("event.gone.reaccess");
    core.expect_no_request();
    const auto id = client.request("subscribe.gone");
    core.serve("gone", model("{}"));
    client.expect_result(id, R"({"models":{"gone":{}}})");
    core.publish("event.gone.custom");
    client.expect_event("gone.custom", "null");
}

TEST_F(Deletion, AFailedReferenceIsForgottenWithItsLastReference) {  // [FAI-2]
    const Contents broken = {{"b1", R"({"model":{"x":{"rid":"gone"}}})"}};
    subscribe_served(core, client, "b1", broken);
    core.publish("event.b1.change", R"({"values":{"x":null}})");
    client.expect_event("b1.change", R"({"values":{"x":null}})");
    core.publish("event.b1.change", R"({"values":{"x":{"rid":"gone"}}})");
    core.answer("get.gone", model("{}"));
    client.expect_event("b1.change", R"({"values":{"x":{"rid":"gone"}},"models":{"gone":{}}})");
}

}  // namespace
}  // namespace resgate::test
