#include "api/encoder.h"

#include <map>

#include "api/web_client.h"

namespace resgate::test {
namespace {

using Resources = std::map<std::string, std::string>;

std::string reference(std::string_view rid) {
    return R"({"rid":")" + std::string(rid) + R"("})";
}

/// Fetches a resource through the API; whatever services are asked for comes from `resources`, and
/// what is not there does not exist.
http::Response fetch(api::Encoding encoding, const Resources& resources, std::string_view target) {
    api::Settings settings;
    settings.encoding = encoding;
    WebApi web(std::move(settings));
    const auto exchange = web.send("GET", target);
    std::set<std::string> asked;
    for (auto subjects = web.core.pending_subjects(); !subjects.empty();
         subjects = web.core.pending_subjects()) {
        const std::string& subject = subjects.front();
        EXPECT_TRUE(asked.insert(subject).second) << subject << " twice";
        const auto found = resources.find(subject.substr(subject.find('.') + 1));
        if (subject.starts_with("access."))
            web.core.answer(subject, granted);
        else if (found == resources.end())
            web.core.answer(subject, not_found);
        else if (found->second.front() == '{')
            web.core.answer(subject, model(found->second));
        else
            web.core.answer(subject, collection(found->second));
    }
    return exchange->answered();
}

constexpr std::string_view m = R"({"string":"foo","int":42,"bool":true,"null":null})";
constexpr std::string_view c = R"(["foo",42,true,null])";

/// The fixtures of section 11 of part 60.
Resources fixtures() {
    const auto value_of = [](const std::string& text) { return R"({"data":)" + text + "}"; };
    Resources all{
        {"test.model", std::string(m)},
        {"test.model.parent", R"({"name":"parent","child":)" + reference("test.model") + "}"},
        {"test.model.grandparent",
         R"({"name":"grandparent","child":)" + reference("test.model.parent") + "}"},
        {"test.model.brokenchild",
         R"({"name":"brokenchild","child":)" + reference("test.err.notFound") + "}"},
        {"test.model.soft", R"({"name":"soft","child":{"rid":"test.model","soft":true}})"},
        {"test.model.soft.parent",
         R"({"name":"softparent","child":)" + reference("test.model.soft") + "}"},
        {"test.model.data", R"({"name":"data","primitive":)" + value_of("12") + R"(,"object":)" +
                                value_of(R"({"foo":["bar"]})") + R"(,"array":)" +
                                value_of(R"([{"foo":"bar"}])") + "}"},
        {"test.model.data.parent",
         R"({"name":"dataparent","child":)" + reference("test.model.data") + "}"},
        {"test.collection", std::string(c)},
        {"test.collection.parent", R"(["parent",)" + reference("test.collection") + "]"},
        {"test.collection.grandparent",
         R"(["grandparent",)" + reference("test.collection.parent") + "]"},
        {"test.collection.brokenchild",
         R"(["brokenchild",)" + reference("test.err.notFound") + "]"},
        {"test.collection.soft", R"(["soft",{"rid":"test.collection","soft":true}])"},
        {"test.collection.data",
         R"(["data",)" + value_of("12") + "," + value_of(R"({"foo":["bar"]})") + "]"},
    };
    const std::map<std::string, std::string> cyclic{{"a", "a"},  {"b", "c"}, {"c", "b"},
                                                    {"d", "ef"}, {"e", "d"}, {"f", "d"},
                                                    {"g", "ef"}, {"h", "e"}};
    for (const auto& [from, to] : cyclic) {
        std::string properties;
        std::string elements;
        for (const char target : to) {
            const std::string name(1, target);
            properties +=
                (properties.empty() ? "\"" : ",\"") + name + "\":" + reference("test.m." + name);
            elements += (elements.empty() ? "" : ",") + reference("test.c." + name);
        }
        all["test.m." + from] = '{' + properties + '}';
        all["test.c." + from] = '[' + elements + ']';
    }
    return all;
}

Json get(api::Encoding encoding, std::string_view resource) {
    const http::Response response =
        fetch(encoding, fixtures(), "/api/test/" + std::string(resource));
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body, nullptr, false);
}

/// Writes expectations for one encoding and one type: W and H of section 11.2.
struct Expected {
    api::Encoding encoding;
    std::string type;  ///< `model` or `collection`

    Json href(const std::string& path) const { return {{"href", "/api/test/" + path}}; }

    Json wrap(const std::string& path, const Json& inner) const { return wrap(path, type, inner); }

    Json wrap(const std::string& path, const std::string& member, const Json& inner) const {
        if (encoding == api::Encoding::jsonflat)
            return inner;
        return {{"href", "/api/test/" + path}, {member, inner}};
    }

    /// A resource of the cyclic groups.
    Json group(const std::vector<std::pair<std::string, Json>>& references) const {
        Json result = type == "model" ? Json::object() : Json::array();
        for (const auto& [name, value] : references) {
            if (type == "model")
                result[name] = value;
            else
                result.push_back(value);
        }
        return result;
    }
};

class Encodings : public testing::TestWithParam<api::Encoding> {};

// [HTTP-C10] to [HTTP-C17]
TEST_P(Encodings, WriteModelsIntoModels) {
    const Expected e{GetParam(), "model"};
    const auto parent = [](const char* name, const Json& child) {
        return Json{{"name", name}, {"child", child}};
    };
    const Json plain = Json::parse(m);
    EXPECT_EQ(get(e.encoding, "model"), plain);
    const Json c11 = parent("parent", e.wrap("model", plain));
    EXPECT_EQ(get(e.encoding, "model/parent"), c11);
    EXPECT_EQ(get(e.encoding, "model/grandparent"),
              parent("grandparent", e.wrap("model/parent", c11)));
    EXPECT_EQ(get(e.encoding, "model/brokenchild"),
              parent("brokenchild", e.wrap("err/notFound", "error", Json::parse(not_found_body))));
    const Json c14 = parent("soft", e.href("model"));
    EXPECT_EQ(get(e.encoding, "model/soft"), c14);
    EXPECT_EQ(get(e.encoding, "model/soft/parent"),
              parent("softparent", e.wrap("model/soft", c14)));
    const Json c16 = Json::parse(
        R"({"name":"data","primitive":12,"object":{"foo":["bar"]},"array":[{"foo":"bar"}]})");
    EXPECT_EQ(get(e.encoding, "model/data"), c16);
    EXPECT_EQ(get(e.encoding, "model/data/parent"),
              parent("dataparent", e.wrap("model/data", c16)));
}

// [HTTP-C23]
TEST_P(Encodings, WriteCollectionsIntoCollections) {
    const Expected e{GetParam(), "collection"};
    const Json plain = Json::parse(c);
    EXPECT_EQ(get(e.encoding, "collection"), plain);
    const Json parent = Json::array({"parent", e.wrap("collection", plain)});
    EXPECT_EQ(get(e.encoding, "collection/parent"), parent);
    EXPECT_EQ(get(e.encoding, "collection/grandparent"),
              Json::array({"grandparent", e.wrap("collection/parent", parent)}));
    EXPECT_EQ(
        get(e.encoding, "collection/brokenchild"),
        Json::array({"brokenchild", e.wrap("err/notFound", "error", Json::parse(not_found_body))}));
    EXPECT_EQ(get(e.encoding, "collection/soft"), Json::array({"soft", e.href("collection")}));
    EXPECT_EQ(get(e.encoding, "collection/data"),
              Json::array({"data", 12, Json::parse(R"({"foo":["bar"]})")}));
}

// [HTTP-C18] to [HTTP-C22], [HTTP-92]
TEST_P(Encodings, CutCyclesAtTheCurrentChainOnly) {
    for (const bool models : {true, false}) {
        const Expected x{GetParam(), models ? "model" : "collection"};
        const std::string at = models ? "m/" : "c/";
        const auto h = [&](const char* name) { return x.href(at + name); };
        const auto w = [&](const char* name, const Json& inner) {
            return x.wrap(at + name, inner);
        };
        const auto r = [&](const std::vector<std::pair<std::string, Json>>& references) {
            return x.group(references);
        };
        EXPECT_EQ(get(x.encoding, at + "a"), r({{"a", h("a")}}));
        EXPECT_EQ(get(x.encoding, at + "b"), r({{"c", w("c", r({{"b", h("b")}}))}}));
        EXPECT_EQ(get(x.encoding, at + "d"),
                  r({{"e", w("e", r({{"d", h("d")}}))}, {"f", w("f", r({{"d", h("d")}}))}}));
        const Json through_e =
            w("e", r({{"d", w("d", r({{"e", h("e")}, {"f", w("f", r({{"d", h("d")}}))}}))}}));
        const Json through_f =
            w("f", r({{"d", w("d", r({{"e", w("e", r({{"d", h("d")}}))}, {"f", h("f")}}))}}));
        EXPECT_EQ(get(x.encoding, at + "g"), r({{"e", through_e}, {"f", through_f}}));
        EXPECT_EQ(get(x.encoding, at + "h"), r({{"e", through_e}}));
    }
}

// [HTTP-93]: values as written, href first.
TEST_P(Encodings, KeepValuesAsWritten) {
    const Resources resources{{"test.a", R"({"n":1.50,"r":{"rid":"test.b?q=1"}})"},
                              {"test.b", R"([12345678901234567890,{"data": {"x" : 1e2}}])"}};
    const bool flat = GetParam() == api::Encoding::jsonflat;
    EXPECT_EQ(fetch(GetParam(), resources, "/api/test/a").body,
              flat ? R"({"n":1.50,"r":[12345678901234567890,{"x" : 1e2}]})"
                   : R"({"n":1.50,"r":{"href":"/api/test/b%3Fq=1","collection":)"
                     R"([12345678901234567890,{"x" : 1e2}]}})");
}

// [HTTP-91]
TEST_P(Encodings, WriteEmptyResources) {
    const Resources resources{
        {"test.a", R"([{"rid":"test.b"},{"rid":"test.c"}])"}, {"test.b", "[]"}, {"test.c", "{}"}};
    const Expected e{GetParam(), "collection"};
    expect_json(
        fetch(GetParam(), resources, "/api/test/a"), 200,
        Json::array({e.wrap("b", Json::array()), e.wrap("c", "model", Json::object())}).dump());
}

TEST_P(Encodings, WriteLongChainsWithoutUsingTheStack) {
    constexpr int length = 20000;
    Resources resources;
    for (int i = 0; i < length; ++i)
        resources["test." + std::to_string(i)] =
            '[' + reference("test." + std::to_string(i + 1)) + ']';
    resources["test." + std::to_string(length)] = R"(["end"])";
    const http::Response response = fetch(GetParam(), resources, "/api/test/0");
    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.body.find(R"(["end"])"), std::string::npos);
    EXPECT_EQ(std::count(response.body.begin(), response.body.end(), '['), length + 1);
    EXPECT_EQ(std::count(response.body.begin(), response.body.end(), ']'), length + 1);
}

// [HTTP-92]: thirty diamonds in a row are a thousand million resources.
TEST_P(Encodings, GiveUpOnBodiesThatGrowBeyondTheLimit) {
    constexpr int length = 30;
    Resources resources;
    for (int i = 0; i < length; ++i) {
        const std::string next = reference("test." + std::to_string(i + 1));
        resources["test." + std::to_string(i)] = '[' + next + ',' + next + ']';
    }
    resources["test." + std::to_string(length)] = R"(["end"])";
    const http::Response response = fetch(GetParam(), resources, "/api/test/0");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(Json::parse(response.body)["code"], "system.internalError");
    // A few of them are written out, in all branches.
    const http::Response small = fetch(GetParam(), resources, "/api/test/27");
    EXPECT_EQ(small.status, 200);
    std::size_t ends = 0;
    for (auto found = small.body.find("end"); found != std::string::npos;
         found = small.body.find("end", found + 1))
        ++ends;
    EXPECT_EQ(ends, 8U);
}

INSTANTIATE_TEST_SUITE_P(, Encodings, testing::Values(api::Encoding::json, api::Encoding::jsonflat),
                         [](const auto& encoding) {
                             return encoding.param == api::Encoding::json ? "json" : "jsonflat";
                         });

// [HTTP-C25]
TEST(Encoder, FetchWhatOverlappingRequestsShareOnce) {
    WebApi web;
    const Resources resources = fixtures();
    const auto d = web.send("GET", "/api/test/m/d");
    const auto h = web.send("GET", "/api/test/m/h");
    web.core.serve("test.m.d", model(resources.at("test.m.d")));
    web.core.serve("test.m.h", model(resources.at("test.m.h")));
    EXPECT_FALSE(h->response);
    web.core.answer("get.test.m.f", model(resources.at("test.m.f")));
    web.core.answer("get.test.m.e", model(resources.at("test.m.e")));
    web.core.expect_no_request();
    EXPECT_EQ(Json::parse(d->answered().body), get(api::Encoding::json, "m/d"));
    EXPECT_EQ(Json::parse(h->answered().body), get(api::Encoding::json, "m/h"));
}

}  // namespace
}  // namespace resgate::test
