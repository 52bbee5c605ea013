#include "res/client_message.h"

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

ContentPtr content(std::string_view text) {
    const json::Value value = json::parse(text).value();
    return value.is_object() ? *Content::from_model(value) : *Content::from_collection(value);
}

// [RSP-1] to [RSP-3]
TEST(ClientMessage, Responses) {
    std::string out;
    begin_result(out);
    out += "{}";
    end_result(out, 0);
    EXPECT_EQ(out, R"({"result":{},"id":0})");
    out.clear();
    begin_result(out);
    out += "null";
    end_result(out, 18446744073709551615U);
    EXPECT_EQ(out, R"({"result":null,"id":18446744073709551615})");
    out.clear();
    append_empty_success(out, 7);
    EXPECT_EQ(out, R"({"id":7})");
    out.clear();
    append_error_response(out, errors::not_found(), 3);
    EXPECT_EQ(out, R"({"error":{"code":"system.notFound","message":"Not found"},"id":3})");
}

// [EVT-1], [EVT-2]
TEST(ClientMessage, Events) {
    std::string out = "kept";
    append_event(out, "test.model?q=\"a\"", "change", R"({"values":{}})");
    EXPECT_EQ(out, R"(kept{"event":"test.model?q=\"a\".change","data":{"values":{}}})");
    out.clear();
    append_event(out, "a", "custom", "");
    EXPECT_EQ(out, R"({"event":"a.custom","data":null})");
}

std::string members(const ResourceSet& set, bool comma = false) {
    std::string out;
    set.append_members(out, comma);
    return out;
}

// [SET-1], the examples of 20.3.
TEST(ClientMessage, ResourceSetOmitsEmptyGroups) {
    ResourceSet set(false);
    EXPECT_TRUE(set.empty());
    EXPECT_EQ(members(set), "");
    EXPECT_EQ(members(set, true), "");
    set.add("lib.shelf", *content(R"(["A",{"rid":"lib.book.1"}])"));
    EXPECT_FALSE(set.empty());
    EXPECT_EQ(members(set, true), R"(,"collections":{"lib.shelf":["A",{"rid":"lib.book.1"}]})");
    set.add("lib.book.1", errors::not_found());
    EXPECT_EQ(
        members(set),
        R"("collections":{"lib.shelf":["A",{"rid":"lib.book.1"}]},"errors":{"lib.book.1":{"code":"system.notFound","message":"Not found"}})");
}

TEST(ClientMessage, ResourceSetHasThreeGroups) {
    ResourceSet set(false);
    set.add("m.a", *content("{}"));
    set.add("c", *content("[]"));
    set.add("m.b?x=\"", *content(R"({"a":{"rid":"m.b"}})"));
    set.add("e", Error{"", "m", "1"});
    EXPECT_EQ(
        members(set, true),
        R"(,"models":{"m.a":{},"m.b?x=\"":{"a":{"rid":"m.b"}}},"collections":{"c":[]},"errors":{"e":{"code":"","message":"m","data":1}})");
}

// [SET-6], [LEG-3]
TEST(ClientMessage, ResourceSetSubstitutesForOldClients) {
    const auto model = content(R"({"s":{"rid":"a.b","soft":true}})");
    const auto collection = content(R"([{"data":[1]},{"data":12},{"rid":"x"}])");
    ResourceSet legacy(true);
    legacy.add("m", *model);
    legacy.add("c", *collection);
    EXPECT_EQ(members(legacy),
              R"("models":{"m":{"s":"a.b"}},"collections":{"c":["[Data]",12,{"rid":"x"}]})");
    ResourceSet current(false);
    current.add("m", *model);
    current.add("c", *collection);
    EXPECT_EQ(
        members(current),
        R"("models":{"m":{"s":{"rid":"a.b","soft":true}}},"collections":{"c":[{"data":[1]},12,{"rid":"x"}]})");
}

}  // namespace
}  // namespace resgate::res
