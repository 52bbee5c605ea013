// The version request (20.4; [WS-60] to [WS-63], [WS-C60] to [WS-C62]); S-VER-1.

#include <optional>
#include <string>

#include "fixtures.h"
#include "support/core.h"

namespace resgate::test {
namespace {

TEST(ClientVersion, IsAnsweredAccordingToTheTableOf204) {  // [CVE-1] to [CVE-6], [VER-1], [Q20-6]

    struct Row {
        std::optional<std::string> params;
        std::string_view error;
    };

    const std::string_view params = "system.invalidParams";
    const std::string_view unsupported = "system.unsupportedProtocol";
    const Row rows[] = {
        {std::nullopt, ""},
        {"null", ""},
        {"{}", ""},
        {R"({"foo":"bar"})", ""},
        {R"({"protocol":""})", ""},
        {R"({"protocol":null})", ""},
        {R"({"protocol":"1.0.0"})", ""},
        {R"({"protocol":"1.1.0"})", ""},
        {R"({"protocol":"1.0.1","foo":1})", ""},
        {R"({"protocol":"1.2.3"})", ""},
        {R"({"protocol":"1.999.999"})", ""},
        {R"({"protocol":"001.02.0003"})", ""},
        {R"("")", params},
        {R"("1.0.0")", params},
        {R"(["1.0.0"])", params},
        {"1", params},
        {"true", params},
        {R"({"protocol":1.0})", params},
        {R"({"protocol":["1.0.0"]})", params},
        {R"({"protocol":"1.0"})", params},
        {R"({"protocol":"1.2.3.4"})", params},
        {R"({"protocol":"v1.0.0"})", params},
        {R"({"protocol":"1.0.1000"})", params},
        {R"({"protocol":"1.1000.0"})", params},
        {R"({"protocol":"1..0"})", params},
        {R"({"protocol":"1.2.3-x"})", params},
        {R"({"protocol":"+1.2.3"})", params},
        {R"({"protocol":"1.2.-1"})", params},
        {R"({"protocol":" 1.2.3"})", params},
        {R"({"protocol":"."})", params},
        {R"({"protocol":"1.2.99999999999999999999"})", params},
        {R"({"protocol":"0.0.0"})", unsupported},
        {R"({"protocol":"0.999.999"})", unsupported},
        {R"({"protocol":"2.0.0"})", unsupported},
        {R"({"protocol":"3.2.1"})", unsupported},
    };
    Core core;
    TestClient& client = core.connect("");
    for (const Row& row : rows) {
        SCOPED_TRACE(row.params.value_or("absent"));
        const auto id = client.request("version", row.params);
        if (row.error.empty())
            client.expect_result(id, R"({"protocol":"1.2.3"})");
        else
            client.expect(Json({{"error", error_object(row.error)}, {"id", id}}).dump());
    }
    core.expect_no_request();
    EXPECT_EQ(core.log.take_errors(), 0U);
}

/// Whether the client's effective version is at least 1.2.0, and at least 1.2.1 ([VER-3]).
std::pair<bool, bool> effect(Core& core, TestClient& client) {
    client.request("auth.test.model.x");
    core.answer("auth.test.model.x", R"({"result":1})");
    const bool wraps = client.next()["result"].is_object();
    client.request("get.test.model.soft");
    serve_fixtures(core);
    return {wraps, client.next()["result"]["models"]["test.model.soft"]["child"].is_object()};
}

TEST(ClientVersion, DecidesWhatTheClientIsSentFromThenOn) {  // [VER-2], [VER-3], [VER-4], [CVE-7]
    using Effect = std::pair<bool, bool>;
    Core core;
    TestClient& client = core.connect("");
    EXPECT_EQ(effect(core, client), Effect(false, false));
    const std::pair<std::string, Effect> steps[] = {
        {"1.2.0", {true, false}},    {"1.2.1", {true, true}}, {"1.0.0", {false, false}},
        {"1.1.999", {false, false}}, {"1.3.0", {true, true}}, {"1.999.999", {true, true}},
        {"", {true, true}},       // [CVE-2]: unchanged
        {"2.0.0", {true, true}},  // [CVE-4]: unchanged
        {"1.0", {true, true}},    // refused, unchanged
        {"1.1.1", {false, false}},
    };
    for (const auto& [version, expected] : steps) {
        SCOPED_TRACE(version);
        client.request("version", R"({"protocol":")" + version + R"("})");
        client.next();
        EXPECT_EQ(effect(core, client), expected);
    }
}

TEST(ClientVersion, BelongsToTheConnection) {  // [VER-2]
    Core core;
    TestClient& modern = core.connect("1.2.3");
    TestClient& legacy = core.connect("");
    EXPECT_TRUE(effect(core, modern).first);
    EXPECT_FALSE(effect(core, legacy).first);
}

TEST(ClientVersion, AnnouncedAfterASubscribeAffectsItsEvents) {  // [CVE-7], [VER-3]
    Core core;
    TestClient& client = core.connect("");
    result_of(core, client, "subscribe.test.model.soft");
    core.publish("event.test.model.soft.change",
                 R"({"values":{"child":{"rid":"test.x","soft":true}}})");
    client.expect_event("test.model.soft.change", R"({"values":{"child":"test.x"}})");
    client.request("version", R"({"protocol":"1.2.3"})");
    client.next();
    core.publish("event.test.model.soft.change",
                 R"({"values":{"child":{"rid":"test.y","soft":true}}})");
    client.expect_event("test.model.soft.change",
                        R"({"values":{"child":{"rid":"test.y","soft":true}}})");
}

}  // namespace
}  // namespace resgate::test
