#include "res/value.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

Result<ValueView> classified(std::string_view text) {
    return classify(json::parse(text).value());
}

ValueView value(std::string_view text) {
    const auto result = classified(text);
    EXPECT_TRUE(result) << text;
    return result ? *result : ValueView{};
}

// [VAL-1], [VAL-4], [VAL-5]: the vectors of 10.5.1.
TEST(Value, ClassifiesProperValues) {
    struct Row {
        std::string_view text;
        ValueKind kind;
        std::string_view seen;
    };

    const std::vector<Row> rows = {
        {R"("x")", ValueKind::primitive, R"("x")"},
        {"1.0", ValueKind::primitive, "1.0"},
        {"true", ValueKind::primitive, "true"},
        {"null", ValueKind::primitive, "null"},
        {R"({"data":null})", ValueKind::primitive, "null"},
        {R"({"data": 12 })", ValueKind::primitive, "12"},
        {R"({"data":"x","foo":1})", ValueKind::primitive, R"("x")"},
        {R"({"data":{}})", ValueKind::data, R"({"data":{}})"},
        {R"({"data":[1],"foo":1})", ValueKind::data, R"({"data":[1],"foo":1})"},
        {R"({"rid":"a.b"})", ValueKind::reference, R"({"rid":"a.b"})"},
        {R"({"rid":"a.b?q=1"})", ValueKind::reference, R"({"rid":"a.b?q=1"})"},
        {R"({"rid":"a.b","soft":false})", ValueKind::reference, R"({"rid":"a.b","soft":false})"},
        {R"({"rid":"a.b","soft":null})", ValueKind::reference, R"({"rid":"a.b","soft":null})"},
        {R"({"rid":"a.b","soft":true})", ValueKind::soft_reference, R"({"rid":"a.b","soft":true})"},
        {R"({"rid":"a.b","action":null})", ValueKind::reference, R"({"rid":"a.b","action":null})"},
        {R"({"action":"delete"})", ValueKind::delete_action, R"({"action":"delete"})"},
        {R"({"action":"delete","rid":null,"x":1})", ValueKind::delete_action,
         R"({"action":"delete","rid":null,"x":1})"},
        {R"({"\u0072id":"a\u002eb"})", ValueKind::reference, R"({"\u0072id":"a\u002eb"})"},
        {R"({"rid":1,"rid":"a"})", ValueKind::reference, R"({"rid":1,"rid":"a"})"},  // [JSN-5]
    };
    for (const Row& row : rows) {
        EXPECT_EQ(value(row.text).kind, row.kind) << row.text;
        EXPECT_EQ(value(row.text).text, row.seen) << row.text;
    }
}

TEST(Value, RefusesInvalidValues) {
    const std::string object = "invalid value: nested json object must be wrapped as a data value";
    const std::string ambiguous = "invalid value: ambiguous value type";
    const std::string type = "invalid value: wrong type of rid, soft or action";
    const std::string empty =
        R"(invalid value: resource references requires a non-empty "rid" value)";
    const std::vector<std::pair<std::string_view, std::string>> rows = {
        {R"({"rid":"a.b","data":null})", ambiguous},
        {R"({"rid":"a.b","data":1})", ambiguous},
        {R"({"rid":"a.b","action":"delete"})", ambiguous},
        {R"({"action":"delete","data":1})", ambiguous},
        {R"({"action":"delete","data":null})", ambiguous},
        {R"({"rid":null})", object},
        {R"({"foo":1})", object},
        {"{}", object},
        {R"({"RID":"a.b"})", object},  // [JSN-3]
        {R"({"rid":""})", empty},
        {R"({"rid":"a..b"})", R"(invalid value: resource reference rid "a..b" is invalid)"},
        {R"({"action":"other"})", R"(invalid value: unknown action "other")"},
        {"[1,2]", "invalid value: nested json array must be wrapped as a data value"},
        {R"({"rid":false})", type},
        {R"({"rid":"a","soft":"y"})", type},
        {R"({"action":1})", type},
        {R"({"data":1,"soft":0})", type},
    };
    for (const auto& [text, detail] : rows) {
        const auto result = classified(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error(), errors::internal(detail)) << text;
    }
}

// [VAL-7], [VAL-8]; texts with other whitespace and escapes are equal ([Q10-2])
TEST(Value, EqualityDependsOnClassAndContent) {
    const auto check = [](std::string_view a, std::string_view b, bool same) {
        EXPECT_EQ(equal(value(a), value(b)), same) << a << " and " << b;
        EXPECT_EQ(equal(value(b), value(a)), same) << a << " and " << b;
    };
    check("1", "1", true);
    check("1", "1.0", false);
    check("1", R"("1")", false);
    check("null", "false", false);
    check(R"("\u0061")", R"("a")", true);
    check(R"("a")", R"("b")", false);
    check(R"({"data":12})", "12", true);
    check(R"({"rid":"a.b"})", R"({"x":1, "rid":"a\u002eb","soft":false})", true);
    check(R"({"rid":"a.b"})", R"({"rid":"a.c"})", false);
    check(R"({"rid":"a.b"})", R"({"rid":"a.b","soft":true})", false);
    check(R"({"rid":"a.b","soft":true,"x":2})", R"({"soft":true,"rid":"a.b"})", true);
    check(R"({"rid":"a.b","soft":true})", R"("a.b")", false);
    check(R"({"data":[1,2]})", R"({ "data" : [1, 2] })", true);
    check(R"({"data":[1,2]})", R"({"data":[1,3]})", false);
    check(R"({"data":{}})", R"({"data":[]})", false);
    check(R"({"action":"delete"})", R"({"action":"delete","x":1})", true);
    check(R"({"action":"delete"})", "null", false);
}

TEST(Value, GivesTheRidOfReferences) {
    EXPECT_EQ(rid_of(value(R"({"rid":"a\u002eb?q"})")), "a.b?q");
    EXPECT_EQ(rid_of(value(R"({"rid":"x","soft":true,"rid":"a.{cid}"})")), "a.{cid}");
}

// [LEG-3]: the table of 20.13.
TEST(Value, HasSubstitutesForOldClients) {
    const std::vector<std::pair<std::string_view, std::string_view>> rows = {
        {R"({"rid":"test.model","soft":true})", R"("test.model")"},
        {R"({"rid":"a?\"","soft":true})", R"("a?\"")"},
        {R"({"data":12})", "12"},
        {R"({"data":{"foo":["bar"]}})", R"("[Data]")"},
        {R"({"data":[{"foo":"bar"}]})", R"("[Data]")"},
        {R"({"rid":"test.model"})", R"({"rid":"test.model"})"},
        {R"({"rid":"test.model","soft":false})", R"({"rid":"test.model","soft":false})"},
        {R"({"action":"delete"})", delete_action_text},
    };
    for (const auto& [text, expected] : rows) {
        std::string out;
        append_legacy_value(out, value(text));
        EXPECT_EQ(out, expected);
    }
}

}  // namespace
}  // namespace resgate::res
