// Events of one resource that several subscriptions of a loop are attached to.

#include <string>

#include <gtest/gtest.h>

#include "support/contents.h"

namespace resgate::test {
namespace {

constexpr std::string_view reply = R"({"result":{"model":{"self":{"rid":"m?q"}},"query":"q"}})";

// [UPD-1], [APP-5], [NRM-6]: handing an event to one subscription may dispose another that had it
// already.
TEST(Dispatch, SurvivesThatAnEventDisposesASubscriptionThatHadIt) {
    Core core;
    TestClient& client = core.connect();
    for (const std::string rid : {"m?q", "m?q&x"}) {
        client.request("subscribe." + rid);
        core.answer("access.m", granted);
        core.answer("get.m", reply);
        client.next();
    }
    client.request("unsubscribe.m?q");
    client.next();
    core.publish("event.m.query", R"({"subject":"_Q"})");
    core.answer("_Q", R"({"result":{"events":[
        {"event":"change","data":{"values":{"self":null}}},{"event":"reaccess"}]}})");
    client.expect_event("m?q.change", R"({"values":{"self":null}})");
    client.expect_event("m?q&x.change", R"({"values":{"self":null}})");
    core.answer("access.m", granted);
    core.expect_no_request();
    client.request("unsubscribe.m?q&x");
    client.next();
    EXPECT_EQ(core.hub().use_count(), 0U);
}

}  // namespace
}  // namespace resgate::test
