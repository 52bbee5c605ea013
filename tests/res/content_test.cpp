#include "res/content.h"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/heap.h"

namespace resgate::res {
namespace {

boost::intrusive_ptr<Content> model(std::string_view text) {
    return Content::from_model(*json::parse(text)).value();
}

boost::intrusive_ptr<Content> collection(std::string_view text) {
    return Content::from_collection(*json::parse(text)).value();
}

nlohmann::json parsed(const Content& content) {
    return nlohmann::json::parse(content.text());
}

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
    EXPECT_EQ(model(R"({"a":{"data":12},"b":{"data":[1]}})")->text(),
              R"({"a":12,"b":{"data":[1]}})");
}

/// Text and index agree, and the index with the JSON text.
void expect_consistent(const Content& content, const nlohmann::json& expected) {
    ASSERT_EQ(parsed(content), expected) << content.text();
    ASSERT_EQ(content.size(), expected.size());
    if (!content.is_model()) {
        for (std::size_t i = 0; i < content.size(); ++i)
            ASSERT_EQ(nlohmann::json::parse(content.value(i).text), expected[i]) << i;
        return;
    }
    std::size_t i = 0;
    for (const auto& [key, value] : expected.items()) {
        ASSERT_EQ(content.key(i), key);
        ASSERT_EQ(nlohmann::json::parse(content.value(i).text), value) << key;
        ASSERT_EQ(content.find(key)->text, content.value(i).text);
        ++i;
    }
}

/// A value between one and many bytes long; every third is a hard reference.
Value random_value(std::mt19937& random) {
    if (random() % 3 == 0)
        return Value({ValueKind::reference, R"({"rid":"a.b"})"});
    return Value({ValueKind::primitive,
                  '"' + std::string(random() % (random() % 10 == 0 ? 300 : 9), 'x') + '"'});
}

std::size_t references(const nlohmann::json& json) {
    return static_cast<std::size_t>(std::count_if(
        json.begin(), json.end(), [](const auto& value) { return value.is_object(); }));
}

TEST(Content, OfAModelIsItsJsonTextAfterEveryChange) {  // [UPD-2]
    std::mt19937 random(1);
    auto content = model("{}");
    nlohmann::json expected = nlohmann::json::object();
    for (int i = 0; i < 3000; ++i) {
        const std::string key =
            "k" + std::string(random() % 3, 'y') + std::to_string(random() % 12);
        if (random() % 3 == 0) {
            Content::erase(content, key);
            expected.erase(key);
        } else {
            const Value value = random_value(random);
            Content::set(content, key, value);
            expected[key] = nlohmann::json::parse(value.text);
        }
        ASSERT_NO_FATAL_FAILURE(expect_consistent(*content, expected));
        ASSERT_EQ(content->has_references(), references(expected) > 0);
    }
}

TEST(Content, OfACollectionIsItsJsonTextAfterEveryChange) {  // [SEV-13], [SEV-16]
    std::mt19937 random(2);
    auto content = collection(R"(["foo",42,true,null])");
    nlohmann::json expected = nlohmann::json::parse(content->text());
    for (int i = 0; i < 3000; ++i) {
        if (random() % 20 < (expected.size() < 12 ? 9 : 11) && !expected.empty()) {
            const std::size_t index = random() % expected.size();
            Content::remove(content, index);
            expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(index));
        } else {
            const std::size_t index = random() % (expected.size() + 1);
            const Value value = random_value(random);
            Content::insert(content, index, value);
            expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(index),
                            nlohmann::json::parse(value.text));
        }
        ASSERT_NO_FATAL_FAILURE(expect_consistent(*content, expected));
        ASSERT_EQ(content->has_references(), references(expected) > 0);
    }
}

TEST(Content, TakesOneBlockOfItsTextAndEightBytesAProperty) {
    const std::string text =
        R"({"a":")" + std::string(100, 'x') + R"(","b":")" + std::string(79, 'y') + R"(","c":1})";
    ASSERT_EQ(text.size(), 200U);
    const auto object = *json::parse(text);
    constexpr std::size_t count = 1000;
    std::vector<ContentPtr> contents;
    contents.reserve(count);
    const test::HeapGrowth growth;
    while (contents.size() < count)
        contents.push_back(*Content::from_model(object));
    EXPECT_LE(growth.bytes() / count, 200U + 3 * 8 + 48) << "the object and the allocator's own";
}

TEST(Content, GivesBackTheRoomOfWhatIsGone) {
    auto content = model(R"({"a":1})");
    const test::HeapGrowth growth;
    for (int i = 0; i < 1000; ++i)
        Content::set(content, "k" + std::to_string(i), {ValueKind::primitive, "12345678"});
    EXPECT_GT(growth.bytes(), 20000U);
    for (int i = 0; i < 1000; ++i)
        Content::erase(content, "k" + std::to_string(i));
    EXPECT_EQ(content->text(), R"({"a":1})");
    EXPECT_LT(growth.bytes(), 1024U);
}

TEST(Content, KnowsWhereTheNextValueIsThatIsNoPrimitive) {
    const auto content = collection(R"([1,{"data":[1]},{"data":2},"x",{"rid":"a"},{"rid":"b"}])");
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i <= content->size(); ++i)
        found.push_back(content->skip_primitives(i));
    EXPECT_EQ(found, (std::vector<std::size_t>{1, 1, 4, 4, 4, 5, 6}));
}

TEST(Content, VisitsEveryHardReferenceButNoSoftOne) {  // [STA-3], [VAL-5]
    const auto content = collection(
        R"([{"rid":"a.b"},{"rid":"c","soft":true},{"data":{"rid":"d"}},{"rid":"a\u002eb","soft":false}])");
    std::vector<std::string> rids;
    content->for_each_reference([&](std::string_view rid) { rids.emplace_back(rid); });
    EXPECT_EQ(rids, (std::vector<std::string>{"a.b", "a.b"}));
}

TEST(Content, WritesSubstitutesForLegacyClients) {  // [LEG-3]
    std::string text;
    model(
        R"({"s":{"rid":"a.b","soft":true},"d":{"data":[1]},"p":{"data":12},"r":{"rid":"test.y"}})")
        ->append_legacy_text(text);
    EXPECT_EQ(nlohmann::json::parse(text),
              nlohmann::json::parse(R"({"s":"a.b","d":"[Data]","p":12,"r":{"rid":"test.y"}})"));
}

TEST(Content, IsCopiedBeforeAChangeOnlyIfSomebodyElseHoldsIt) {  // [UPD-2]
    auto content = model(R"({"a":1})");
    const Content* const alone = content.get();
    Content::set(content, "a", {ValueKind::primitive, "2"});
    EXPECT_EQ(content.get(), alone);

    const ContentPtr snapshot = content;
    Content::set(content, "a", {ValueKind::primitive, "3"});
    Content::set(content, "b", {ValueKind::primitive, "4"});
    EXPECT_EQ(snapshot->text(), R"({"a":2})");
    EXPECT_EQ(content->text(), R"({"a":3,"b":4})");

    const ContentPtr another = content;
    Content::erase(content, "b");
    EXPECT_EQ(another->text(), R"({"a":3,"b":4})");
    EXPECT_EQ(content->text(), R"({"a":3})");
}

}  // namespace
}  // namespace resgate::res
