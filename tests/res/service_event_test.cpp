#include <gtest/gtest.h>

#include "res/service_message.h"

namespace resgate::res {
namespace {

Result<ChangePayload> change(std::string_view text) {
    return decode_change(json::parse(text).value());
}

Result<AddPayload> add(std::string_view text) {
    return decode_add(json::parse(text).value());
}

Result<std::int64_t> remove_(std::string_view text) {
    return decode_remove(json::parse(text).value());
}

// [SEV-9]
TEST(ServiceEvent, ChangeCarriesValues) {
    const auto payload = change(
        R"({"values":{"b":{"action":"delete"},"\u0061":{"data":1},"b":[9],"c\"":{"rid":"x.y"},"b":2}})");
    ASSERT_TRUE(payload);
    EXPECT_FALSE(payload->legacy);
    std::vector<std::pair<std::string, std::string>> values;
    for (const PropertyUpdate& update : payload->values) {
        values.emplace_back(update.key, update.value.text);
    }
    const decltype(values) expected = {{"a", "1"}, {"b", "2"}, {"c\\\"", R"({"rid":"x.y"})"}};
    EXPECT_EQ(values, expected);
    EXPECT_EQ(payload->values[2].value.kind, ValueKind::reference);
    EXPECT_EQ(change(R"({"values":{"a":{"action":"delete"}}})")->values[0].value.kind,
              ValueKind::delete_action);
}

TEST(ServiceEvent, ChangeKeepsTheLastOfManyValues) {
    std::string text = R"({"values":{)";
    for (int i = 0; i < 3000; ++i) {
        text += "\"p" + std::to_string(i % 1000) + "\":" + std::to_string(i) + ",";
    }
    text += R"("q":0}})";
    const auto payload = change(text);
    ASSERT_TRUE(payload);
    ASSERT_EQ(payload->values.size(), 1001U);
    for (const PropertyUpdate& update : payload->values) {
        if (update.key != "q") {
            EXPECT_EQ(std::stoi(std::string(update.value.text)),
                      2000 + std::stoi(update.key.substr(1)));
        }
    }
}

// [SEV-10]: the table below the rule.
TEST(ServiceEvent, ChangeTellsTheLegacyForm) {
    for (const std::string_view text : {R"({"foo":"bar","faz":42})", R"({"foo":"bar"})", "{}",
                                        R"({"values":"bar"})", R"({"values":null})"}) {
        const auto payload = change(text);
        ASSERT_TRUE(payload) << text;
        EXPECT_TRUE(payload->legacy) << text;
    }
    for (const std::string_view text :
         {R"({"values":{"foo":"bar"}})", R"({"values":{}})", "{ \"values\" :\n{ } }",
          R"({"values":{"action":"delete"}})", R"({"values":{"rid":"e.b"}})"}) {
        const auto payload = change(text);
        ASSERT_TRUE(payload) << text;
        EXPECT_FALSE(payload->legacy) << text;
    }
    EXPECT_EQ(change(R"({"values":null})")->values.at(0).key, "values");
    EXPECT_EQ(change(R"({"values":null})")->values.at(0).value.text, "null");
    EXPECT_EQ(change(R"({"values":{"action":"delete"}})")->values.at(0).value.text, R"("delete")");
    const auto deletes = change(R"({"values":{"action":"delete"},"faz":42})");
    ASSERT_TRUE(deletes);
    EXPECT_TRUE(deletes->legacy);
    EXPECT_EQ(deletes->values.at(1).key, "values");
    EXPECT_EQ(deletes->values.at(1).value.kind, ValueKind::delete_action);
    EXPECT_TRUE(change(R"({"values":{"rid":"e.b"},"faz":42})")->legacy);
    EXPECT_TRUE(change("{}")->values.empty());
}

TEST(ServiceEvent, ChangeIsRefusedAsAWhole) {
    for (const std::string_view text :
         {"[]", R"("foo")", "null", "42", R"({"values":[1]})", R"({"values":{"a":1,"b":{}}})",
          R"({"values":{"foo":"bar"},"faz":42})", R"({"a":1,"b":[1]})"}) {
        EXPECT_FALSE(change(text)) << text;
    }
}

// [SEV-12]
TEST(ServiceEvent, AddNeedsAProperValue) {
    const auto payload = add(R"({"idx":3,"value":{"rid":"a.b"}})");
    ASSERT_TRUE(payload);
    EXPECT_EQ(payload->index, 3);
    EXPECT_TRUE(payload->value.is_reference());
    EXPECT_EQ(add(R"({"value":1})")->index, 0);
    EXPECT_EQ(add(R"({"value":1,"idx":null})")->index, 0);
    EXPECT_EQ(add(R"({"value":1,"idx":-1})")->index, -1);
    EXPECT_EQ(add(R"({"value":null})")->value.text, "null");
    EXPECT_EQ(add(R"({"value":{"data":"x"}})")->value.text, R"("x")");
    for (const std::string_view text :
         {"null", "[]", "1", "{}", R"({"idx":0})", R"({"value":1,"idx":"0"})",
          R"({"value":1,"idx":1.0})", R"({"value":[1]})", R"({"value":{"action":"delete"}})"}) {
        EXPECT_FALSE(add(text)) << text;
    }
    EXPECT_EQ(add("{}").error(), errors::internal("invalid value"));
}

// [SEV-15]
TEST(ServiceEvent, RemoveHasAnIndex) {
    EXPECT_EQ(*remove_(R"({"idx":2,"value":1})"), 2);
    EXPECT_EQ(*remove_("{}"), 0);
    EXPECT_EQ(*remove_(R"({"idx":null})"), 0);
    for (const std::string_view text : {"null", "[]", "0", R"({"idx":"1"})", R"({"idx":1e0})",
                                        R"({"idx":9223372036854775808})"}) {
        EXPECT_FALSE(remove_(text)) << text;
    }
}

// [QRY-3]
TEST(ServiceEvent, QueryEventNeedsAUsableSubject) {
    EXPECT_EQ(*decode_query_event(R"({"subject":"_REQ.1"})"), "_REQ.1");
    for (const std::string_view payload :
         {"", "{}", R"({"subject":BROKEN})", R"({"subject":42})", R"({"subject":""})", "null",
          R"({"subject":null})", R"({"subject":"a b"})", R"({"subject":"a..b"})", R"("a")"}) {
        EXPECT_FALSE(decode_query_event(payload)) << payload;
    }
}

// [COE-2] to [COE-6]
TEST(ServiceEvent, TokenEventSetsOrUnsets) {
    const auto set = decode_token_event(R"({"token":{"u": 1.0},"tid":"t1"})");
    ASSERT_TRUE(set);
    EXPECT_EQ(set->token, R"({"u": 1.0})");
    EXPECT_EQ(set->tid, "t1");
    EXPECT_EQ(decode_token_event(R"({"token":null})")->token, "null");
    EXPECT_EQ(decode_token_event(R"({"token":1,"tid":null})")->tid, "");
    for (const std::string_view payload : {"{}", "null", R"({"x":1})"}) {
        const auto unset = decode_token_event(payload);
        ASSERT_TRUE(unset) << payload;
        EXPECT_FALSE(unset->token) << payload;
        EXPECT_EQ(unset->tid, "");
    }
    for (const std::string_view payload : {"", "{", "[]", R"("x")", "1", R"({"tid":1})"}) {
        EXPECT_FALSE(decode_token_event(payload)) << payload;
    }
}

// [SYS-2], [SYS-3], [PAT-2]
TEST(ServiceEvent, SystemResetListsPatterns) {
    const auto reset = decode_system_reset(R"({"resources":["a.>","a..b","b"],"access":["*"]})");
    ASSERT_TRUE(reset);
    ASSERT_EQ(reset->resources.size(), 2U);
    EXPECT_TRUE(reset->resources[0].matches("a.x"));
    EXPECT_TRUE(reset->resources[1].matches("b"));
    ASSERT_EQ(reset->access.size(), 1U);
    for (const std::string_view payload :
         {"", "null", "{}", R"({"resources":null,"access":null})", R"({"resources":[]})"}) {
        const auto none = decode_system_reset(payload);
        ASSERT_TRUE(none) << payload;
        EXPECT_TRUE(none->resources.empty() && none->access.empty()) << payload;
    }
    for (const std::string_view payload :
         {" ", "{", "[]", R"("x")", R"({"resources":"a"})", R"({"resources":[1]})",
          R"({"resources":["a"],"access":{}})"}) {
        EXPECT_FALSE(decode_system_reset(payload)) << payload;
    }
}

// [SYS-7], [SYS-8]
TEST(ServiceEvent, TokenResetNeedsASubject) {
    const auto reset = decode_token_reset(R"({"tids":["a","b"],"subject":"auth.x"})");
    ASSERT_TRUE(reset);
    EXPECT_EQ(reset->tids, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(reset->subject, "auth.x");
    EXPECT_TRUE(decode_token_reset(R"({"tids":[],"subject":"x"})")->tids.empty());
    EXPECT_TRUE(decode_token_reset(R"({"subject":"x"})")->tids.empty());
    for (const std::string_view payload :
         {"", "null", "[]", R"({"tids":[]})", R"({"tids":"foo","subject":"x"})",
          R"({"tids":[1],"subject":"x"})", R"({"tids":[],"subject":""})",
          R"({"tids":[],"subject":"a b"})", R"({"tids":[],"subject":1})"}) {
        EXPECT_FALSE(decode_token_reset(payload)) << payload;
    }
}

}  // namespace
}  // namespace resgate::res
