#include "fixtures.h"

#include <map>

namespace resgate::test {

namespace {

const std::map<std::string, std::string, std::less<>>& fixtures() {
    static const std::map<std::string, std::string, std::less<>> all = {
        {"test.model", R"({"string":"foo","int":42,"bool":true,"null":null})"},
        {"test.model.parent", R"({"name":"parent","child":{"rid":"test.model"}})"},
        {"test.model.secondparent", R"({"name":"secondparent","child":{"rid":"test.model"}})"},
        {"test.model.grandparent", R"({"name":"grandparent","child":{"rid":"test.model.parent"}})"},
        {"test.model.brokenchild", R"({"name":"brokenchild","child":{"rid":"test.err.notFound"}})"},
        {"test.model.soft", R"({"name":"soft","child":{"rid":"test.model","soft":true}})"},
        {"test.model.soft.parent",
         R"({"name":"softparent","child":{"rid":"test.model.soft","soft":false}})"},
        {"test.model.data",
         R"({"name":"data","primitive":{"data":12},"object":{"data":{"foo":["bar"]}},"array":{"data":[{"foo":"bar"}]}})"},
        {"test.model.data.parent", R"({"name":"dataparent","child":{"rid":"test.model.data"}})"},
        {"test.m.a", R"({"a":{"rid":"test.m.a"}})"},
        {"test.m.b", R"({"c":{"rid":"test.m.c"}})"},
        {"test.m.c", R"({"b":{"rid":"test.m.b"}})"},
        {"test.m.d", R"({"e":{"rid":"test.m.e"},"f":{"rid":"test.m.f"}})"},
        {"test.m.e", R"({"d":{"rid":"test.m.d"}})"},
        {"test.m.f", R"({"d":{"rid":"test.m.d"}})"},
        {"test.m.g", R"({"e":{"rid":"test.m.e"},"f":{"rid":"test.m.f"}})"},
        {"test.m.h", R"({"e":{"rid":"test.m.e"}})"},
        {"test.collection", R"(["foo",42,true,null])"},
        {"test.collection.empty", "[]"},
        {"test.collection.parent", R"(["parent",{"rid":"test.collection"}])"},
        {"test.collection.secondparent", R"(["secondparent",{"rid":"test.collection"}])"},
        {"test.collection.grandparent", R"(["grandparent",{"rid":"test.collection.parent"}])"},
        {"test.collection.brokenchild", R"(["brokenchild",{"rid":"test.err.notFound"}])"},
        {"test.collection.soft", R"(["soft",{"rid":"test.collection","soft":true}])"},
        {"test.collection.soft.parent",
         R"(["softparent",{"rid":"test.collection.soft","soft":false}])"},
        {"test.collection.data",
         R"(["data",{"data":12},{"data":{"foo":["bar"]}},{"data":[{"foo":"bar"}]}])"},
        {"test.collection.data.parent", R"(["dataparent",{"rid":"test.collection.data"}])"},
        {"test.c.a", R"([{"rid":"test.c.a"}])"},
        {"test.c.b", R"([{"rid":"test.c.c"}])"},
        {"test.c.c", R"([{"rid":"test.c.b"}])"},
        {"test.c.d", R"([{"rid":"test.c.e"},{"rid":"test.c.f"}])"},
        {"test.c.e", R"([{"rid":"test.c.d"}])"},
        {"test.c.f", R"([{"rid":"test.c.d"}])"},
        {"test.c.g", R"([{"rid":"test.c.e"},{"rid":"test.c.f"}])"},
        {"test.c.h", R"([{"rid":"test.c.e"}])"},
    };
    return all;
}

/// As clients see it: data values of primitives are bare ([VAL-4]).
Json seen(std::string_view name) {
    Json content = Json::parse(fixture(name));
    for (Json& value : content) {
        if (value.is_object() && value.contains("data") && value["data"].is_primitive())
            value = Json(value["data"]);
    }
    return content;
}

}  // namespace

std::string fixture(std::string_view name) {
    const auto found = fixtures().find(name);
    return found == fixtures().end() ? "" : found->second;
}

std::string fixture_reply(std::string_view name) {
    const std::string content = fixture(name);
    if (content.empty())
        return std::string(not_found);
    return content[0] == '{' ? model(content) : collection(content);
}

void serve_fixtures(Core& core, std::string_view access) {
    for (auto pending = core.pending_subjects(); !pending.empty();
         pending = core.pending_subjects()) {
        const std::string& subject = pending.front();
        const std::string name = subject.substr(subject.find('.') + 1);
        if (subject.starts_with("access.")) {
            core.answer(subject, access);
        } else {
            EXPECT_TRUE(subject.starts_with("get.")) << subject;
            core.answer(subject, fixture_reply(name));
        }
    }
}

Json result_of(Core& core, TestClient& client, std::string_view method, std::string_view access) {
    const auto id = client.request(method);
    serve_fixtures(core, access);
    const Json message = client.next();
    EXPECT_TRUE(message.is_object() && message.contains("result")) << method << ": " << message;
    if (!message.is_object() || !message.contains("result"))
        return nullptr;
    EXPECT_EQ(message["id"], id);
    return message["result"];
}

Json fixture_set(const std::vector<std::string>& names) {
    Json set = Json::object();
    for (const std::string& name : names) {
        const Json content = seen(name);
        set[content.is_object() ? "models" : "collections"][name] = content;
    }
    return set;
}

void expect_live(Core& core, TestClient& client, std::string_view rid) {
    client.expect_nothing();
    core.publish("event." + std::string(rid.substr(0, rid.find('?'))) + ".custom",
                 R"({"foo":"bar"})");
    client.expect_event(std::string(rid) + ".custom", R"({"foo":"bar"})");
}

void expect_silent(Core& core, TestClient& client, std::string_view name) {
    client.expect_nothing();
    core.publish("event." + std::string(name) + ".custom", R"({"foo":"bar"})");
    client.expect_nothing();
}

ServiceCall take_first(Core& core) {
    const auto pending = core.pending_subjects();
    if (pending.empty()) {
        ADD_FAILURE() << "no request";
        return {};
    }
    return core.take(pending.front());
}

Json error_object(std::string_view code) {
    static const std::map<std::string, std::string, std::less<>> texts = {
        {"system.invalidRequest", "Invalid request"},
        {"system.invalidParams", "Invalid parameters"},
        {"system.unsupportedProtocol", "Unsupported protocol"},
        {"system.noSubscription", "No subscription"},
        {"system.subscriptionLimitExceeded", "Subscription limit exceeded"},
        {"system.disposedSubscription", "Resource subscription is disposed"},
        {"system.accessDenied", "Access denied"},
        {"system.deleted", "Deleted"},
        {"system.notFound", "Not found"},
        {"system.timeout", "Request timeout"},
        {"system.subjectTooLong", "Subject too long"},
    };
    return {{"code", code}, {"message", texts.find(code)->second}};
}

}  // namespace resgate::test
