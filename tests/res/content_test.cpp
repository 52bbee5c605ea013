#include "res/content.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace resgate::res {
namespace {

boost::intrusive_ptr<Content> model(std::string_view text) {
    return Content::from_model(*json::parse(text)).value();
}

boost::intrusive_ptr<Content> collection(std::string_view text) {
    return Content::from_collection(*json::parse(text)).value();
}

nlohmann::json parsed(const Content& content) { return nlohmann::json::parse(content.text()); }

TEST(Content, OfAModelIsItsJsonText) {
    const auto content = model(R"( { "b" : 1.50 , "a" : "x" } )");
    EXPECT_EQ(content->text(), R"({"a":"x","b":1.50})");
    EXPECT_EQ(content->size(), 2U);
    EXPECT_EQ(content->find("b")->text, "1.50");
    EXPECT_FALSE(content->find("c"));
}

TEST(Content, OfAnEmptyModelAndCollectionIsEmpty) {  // [GTR-5]
    EXPECT_EQ(model("{}")->text(), "{}");
    EXPECT_EQ(collection("[]")->text(), "[]");
}

TEST(Content, KeepsTheLastOfDuplicateKeysHoweverTheyAreEscaped) {  // [JSN-5]
    const auto content = model(R"({"a":1,"\u0061":2,"q\"":3,"q\u0022":4})");
    EXPECT_EQ(parsed(*content), nlohmann::json::parse(R"({"a":2,"q\"":4})"));
}

TEST(Content, RefusesImproperValues) {  // [VAL-2], [VAL-3], [GTR-4]
    for (const char* text : {R"({"a":[1,2]})", R"({"a":{"action":"delete"}})", R"({"a":{}})"})
        EXPECT_FALSE(Content::from_model(*json::parse(text)).ok()) << text;
    EXPECT_FALSE(Content::from_collection(*json::parse(R"([1,{"action":"delete"}])")).ok());
}

TEST(Content, ShowsDataPrimitivesBare) {  // [VAL-4]
    EXPECT_EQ(model(R"({"a":{"data":12},"b":{"data":[1]}})")->text(), R"({"a":12,"b":{"data":[1]}})");
}

TEST(Content, IsCompactAgainAfterManyChanges) {
    auto content = model(R"({"a":1,"b":2})");
    for (int i = 0; i < 5000; ++i) {
        const std::string number = std::to_string(i);
        content->set("a", {ValueKind::primitive, number});
        content->set("k" + std::to_string(i % 7), {ValueKind::primitive, number});
    }
    content->erase("b");
    content->erase("missing");
    EXPECT_FALSE(content->is_compact());
    content->compact();
    nlohmann::json expected = {{"a", 4999}};
    for (int i = 4993; i < 5000; ++i)
        expected["k" + std::to_string(i % 7)] = i;
    EXPECT_EQ(parsed(*content), expected);
}

TEST(Content, InsertsAndRemovesElementsWhereTold) {  // [SEV-13], [SEV-16]
    auto content = collection(R"(["foo",42,true,null])");
    content->insert(0, {ValueKind::primitive, "1"});
    content->insert(5, {ValueKind::primitive, "2"});
    content->remove(2);
    content->compact();
    EXPECT_EQ(content->text(), R"([1,"foo",true,null,2])");
}

TEST(Content, VisitsEveryHardReferenceButNoSoftOne) {  // [STA-3], [VAL-5]
    const auto content = collection(
        R"([{"rid":"a.b"},{"rid":"c","soft":true},{"data":{"rid":"d"}},{"rid":"a\u002eb","soft":false}])");
    std::vector<std::string> rids;
    content->for_each_reference([&](std::string&& rid) { rids.push_back(std::move(rid)); });
    EXPECT_EQ(rids, (std::vector<std::string>{"a.b", "a.b"}));
}

TEST(Content, WritesSubstitutesForLegacyClients) {  // [LEG-3]
    std::string text;
    model(R"({"s":{"rid":"a.b","soft":true},"d":{"data":[1]},"p":{"data":12},"r":{"rid":"test.y"}})")
        ->append_legacy_text(text);
    EXPECT_EQ(nlohmann::json::parse(text),
              nlohmann::json::parse(R"({"s":"a.b","d":"[Data]","p":12,"r":{"rid":"test.y"}})"));
}

TEST(Content, IsCopiedBeforeAChangeOnlyIfSomebodyElseHoldsIt) {  // [UPD-2]
    auto content = model(R"({"a":1})");
    const Content* const alone = content.get();
    content = Content::writable(std::move(content));
    EXPECT_EQ(content.get(), alone);

    const ContentPtr snapshot = content;
    content = Content::writable(std::move(content));
    content->set("a", {ValueKind::primitive, "2"});
    content->compact();
    EXPECT_EQ(snapshot->text(), R"({"a":1})");
    EXPECT_EQ(content->text(), R"({"a":2})");
}

}  // namespace
}  // namespace resgate::res
