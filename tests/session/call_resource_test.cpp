// Resource responses and the request new (20.8, 20.10, 30.8, 40.11): S-CALL-4, S-NEW-*, W-21, W-23.

#include <optional>
#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

constexpr std::string_view internal = "system.internalError";

/// How a request comes to its resource response, and the error-level records that makes.
struct Way {
    std::string method;
    std::string access;
    std::string subject;
    std::string reply;
    std::size_t logs;
};

std::vector<Way> ways_to(const std::string& rid) {
    const std::string resource = R"({"resource":{"rid":")" + rid + R"("}})";
    const std::string legacy = R"({"result":{"rid":")" + rid + R"("}})";
    return {
        {"call.test.x.create", "access.test.x", "call.test.x.create", resource, 0},
        {"auth.test.x.create", "", "auth.test.x.create", resource, 0},
        {"new.test.x", "access.test.x", "call.test.x.new", resource, 0},
        {"new.test.x", "access.test.x", "call.test.x.new", legacy, 1},
        {"call.test.x.new", "access.test.x", "call.test.x.new", legacy, 1},  // [CCL-7]
    };
}

/// Sends the request and answers it with the resource.
std::uint64_t respond(Core& core, TestClient& client, const Way& way) {
    const auto id = client.request(way.method);
    if (!way.access.empty())
        core.answer(way.access, full);
    core.answer(way.subject, way.reply);
    EXPECT_EQ(core.log.take_errors(), way.logs);  // [LOG-6]
    return id;
}

TEST(ResourceResponse, ReportsProblemsOfTheResourceInASuccess) {
    // S-CALL-4, S-NEW-1, W-21: [CCL-5], [CCL-6], [CCL-7], [CNW-1], [CNW-2], [NWR-1], [NWR-3],
    // [CNT-3], [RES-1]
    struct Reply {
        std::string text;  ///< empty: none within the time
        std::string code;
    };

    const Reply gets[] = {{fixture_reply("test.model"), ""},
                          {std::string(not_found), "system.notFound"},
                          {"", "system.timeout"}};
    const Reply accesses[] = {{std::string(granted), ""},
                              {std::string(denied), "system.accessDenied"},
                              {R"({"error":{"code":"test.x","message":"X"}})", "test.x"},
                              {"", "system.timeout"}};
    for (const Way& way : ways_to("test.model")) {
        for (const Reply& get : gets) {
            for (const Reply& access : accesses) {
                SCOPED_TRACE(way.method + " get " + get.text + " access " + access.text);
                Core core;
                TestClient& client = core.connect();
                const auto id = respond(core, client, way);
                const ServiceCall get_call = core.take("get.test.model");
                const ServiceCall access_call = core.take("access.test.model");
                EXPECT_EQ(get_call.text, "{}");
                if (!access.text.empty())
                    core.reply(access_call, access.text);
                EXPECT_EQ(client.waiting(), access.text.empty() || access.code.empty() ? 0U : 1U);
                if (!get.text.empty())
                    core.reply(get_call, get.text);
                core.advance(std::chrono::seconds(3));

                const Json message = client.next();
                EXPECT_EQ(message["id"], id);
                const Json result = message["result"];
                EXPECT_EQ(result["rid"], "test.model");
                EXPECT_EQ(result.size(), 2U) << result;
                const std::string code = access.code.empty() ? get.code : access.code;
                if (code.empty())
                    EXPECT_EQ(result["models"], fixture_set({"test.model"})["models"]);
                else
                    EXPECT_EQ(result["errors"]["test.model"]["code"], code);
                // The count stays if only the load failed.
                const auto unsubscribe = client.request("unsubscribe.test.model");
                if (access.code.empty())
                    client.expect(R"({"id":)" + std::to_string(unsubscribe) + "}");
                else
                    client.expect_error(unsubscribe, "system.noSubscription");
                EXPECT_EQ(client.session().subscription_count(), 0U);
                EXPECT_EQ(core.log.take_errors(), 0U);
            }
        }
    }
}

TEST(ResourceResponse, NeedsNothingForAResourceSubscribedDirectly) {  // [RES-2]
    for (const Way& way : ways_to("test.model")) {
        Core core;
        TestClient& client = core.connect();
        result_of(core, client, "subscribe.test.model");
        client.expect_result(respond(core, client, way), R"({"rid":"test.model"})");
        core.expect_no_request();
    }
}

TEST(ResourceResponse, NeedsAccessForAResourceSubscribedIndirectly) {  // [RES-3]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model.parent");
    const auto id = respond(core, client, ways_to("test.model").front());
    core.answer("access.test.model", granted);
    core.expect_no_request();
    client.expect_result(id, R"({"rid":"test.model"})");
}

TEST(ResourceResponse, ShowsTheRidAsWritten) {  // [RES-4], [CID-2], [CID-5], [SET-2]
    Core core;
    TestClient& client = core.connect();
    const auto id = respond(core, client, ways_to("test.{cid}.user?of={cid}&a=1").front());
    const std::string name = "test." + client.cid() + ".user";
    EXPECT_EQ(core.take("access." + name).payload["query"], "of=" + client.cid() + "&a=1");
    core.answer("get." + name, model(R"({"n":1})"));
    client.expect_nothing();
    core.publish("event." + name + ".reaccess");  // still pending: noted only ([REV-2])
    core.expect_no_request();
    client.request("unsubscribe.test.{cid}.user?of={cid}&a=1");
    const std::string rid = R"("test.{cid}.user?of={cid}&a=1")";
    client.next();
    const Json message = client.next();
    EXPECT_EQ(message["result"]["rid"], Json::parse(rid));
    EXPECT_EQ(message["id"], id);
}

TEST(New, NeedsAccessToTheMethodNew) {  // S-NEW-1, S-NEW-2: [CNW-1], [ACR-3]
    for (const std::string_view call : {"*", "new", "foo,new"}) {
        Core core;
        TestClient& client = core.connect();
        client.request("new.test.collection", R"({"v":1})");
        core.answer("access.test.collection", Json({{"result", {{"call", call}}}}).dump());
        EXPECT_EQ(core.take("call.test.collection.new").payload,
                  Json({{"params", {{"v", 1}}}, {"token", nullptr}, {"cid", client.cid()}}));
    }
    for (const std::string_view access :
         {R"({"result":{"get":true,"call":"foo,bar"}})", R"({"result":{"get":true}})"}) {
        Core core;
        TestClient& client = core.connect();
        const auto id = client.request("new.test.collection");
        core.answer("access.test.collection", access);
        client.expect_error(id, "system.accessDenied");
        core.expect_no_request();
    }
    Core core;
    TestClient& client = core.connect();
    const auto id = client.request("new.test.collection");
    core.advance(std::chrono::seconds(3));
    client.expect_error(id, "system.timeout");
    EXPECT_EQ(core.log.take_errors(), 0U);
}

TEST(New, FollowsTheVectorsOf2010) {  // S-NEW-2, S-NEW-3: [CNW-2], [CNW-3], [NWR-1] to [NWR-3]

    struct Row {
        std::string reply;
        std::string_view code;  ///< "resource" if it is one
        std::size_t logs;
    };

    std::vector<Row> rows = {
        {R"({"result":{"rid":"test.model"}})", "resource", 1},
        {R"({"resource":{"rid":"test.model"}})", "resource", 0},
        {R"({"result":{}})", internal, 0},
        {R"({"result":{"rid":42}})", internal, 0},
        {R"({"result":{"rid":"test.model","foo":42}})", internal, 0},
        {R"({"result":null})", internal, 0},
        {R"({"result":{"foo":1}})", internal, 0},
        {R"({"result":"test.model"})", internal, 0},
        {R"({"result":["test.model"]})", internal, 0},
        {"{}", internal, 0},
        {R"({"broken":JSON})", internal, 0},
        {"42", internal, 0},
        {R"({"error":[]})", internal, 0},
        {R"({"error":{"code":12,"message":"m"}})", internal, 0},
        {R"({"error":{"message":"m"}})", "", 0},
        {R"({"result":{"foo":"bar"},"error":{"code":"system.custom","message":"Custom"}})",
         "system.custom", 0},
        {R"({"error":{"code":"system.invalidParams","message":"m"}})", "system.invalidParams", 0},
    };
    for (const std::string_view rid : {"", "?q=foo", "test\tmodel", "test\nmodel", "test\rmodel",
                                       "test model", "test\ufffdmodel", "test..model"})
        rows.push_back({Json({{"result", {{"rid", rid}}}}).dump(), internal, 1});
    for (const Row& row : rows) {
        SCOPED_TRACE(row.reply);
        Core core;
        TestClient& client = core.connect();
        const auto id = client.request("new.test.collection");
        core.answer("access.test.collection", R"({"result":{"call":"*"}})");
        core.answer("call.test.collection.new", row.reply);
        if (row.code == "resource") {
            core.serve("test.model", fixture_reply("test.model"));
            Json expected = fixture_set({"test.model"});
            expected["rid"] = "test.model";
            client.expect_result(id, expected.dump());
        } else {
            client.expect_error(id, row.code);
        }
        core.expect_no_request();
        EXPECT_EQ(core.log.take_errors(), row.logs);
    }
}

TEST(New, RefusesOtherPayloadsWithTheTextOfTheCatalogue) {  // W-23: [CNW-3], [NWR-2]
    const std::pair<std::string_view, std::string_view> rows[] = {
        {R"({"result":{"foo":1}})", "Internal error: non-resource response on new request"},
        {R"({"result":null})", "Internal error: non-resource response on new request"},
        {R"({"result":{"rid":"a..b"}})", "Internal error: invalid service response"},
        {R"({"resource":{"rid":"a..b"}})", "Internal error: invalid service response"},
        {"{}", "Internal error: response missing result"},
    };
    for (const auto& [reply, text] : rows) {
        Core core;
        TestClient& client = core.connect();
        client.request("new.test.collection");
        core.answer("access.test.collection", R"({"result":{"call":"*"}})");
        core.answer("call.test.collection.new", reply);
        EXPECT_EQ(client.next()["error"], Json({{"code", internal}, {"message", text}}));
    }
}

TEST(New, LogsTheLegacyResultOncePerService) {  // [LOG-6], [NWR-3]
    Core core;
    TestClient& client = core.connect();
    result_of(core, client, "subscribe.test.model", full);
    const auto create = [&](const std::string& method, const std::string& rid) {
        client.request(method);
        const std::string name = method.substr(method.find('.') + 1);
        const bool is_new = method.starts_with("new.");
        core.answer("access." + (is_new ? name : name.substr(0, name.rfind('.'))), full);
        core.answer("call." + (is_new ? name + ".new" : name),
                    Json({{"result", {{"rid", rid}}}}).dump());
        client.next();
        core.expect_no_request();
        return core.log.take_errors();
    };
    EXPECT_EQ(create("new.test.a", "test.model"), 1U);
    EXPECT_EQ(create("new.test.a", "test.model"), 0U);
    EXPECT_EQ(create("new.test.b.c", "test.model"), 0U);
    EXPECT_EQ(create("call.test.b.new", "test.model"), 0U);
    EXPECT_EQ(create("new.test.a", "test..model"), 0U);
    EXPECT_EQ(create("new.other.a", "test.model"), 1U);
    EXPECT_EQ(create("call.other2.b.new", "test.model"), 1U);
}

}  // namespace
}  // namespace resgate::test
