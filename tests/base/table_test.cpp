#include "base/table.h"

#include <cstddef>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace resgate {
namespace {

struct Element : TableHook {
    explicit Element(int number) : key(number) {}

    int key;
};

struct KeyOf {
    using type = int;

    int operator()(const Element& element) const { return element.key; }
};

TEST(Table, FindsWhatIsInItWhileItGrowsAndShrinks) {
    std::vector<Element> elements;
    for (int i = 0; i < 1000; ++i) {
        elements.emplace_back(i * 7);
    }
    Table<Element, KeyOf> table;
    EXPECT_EQ(table.find(0), nullptr);
    for (Element& element : elements) {
        table.insert(element);
    }
    EXPECT_EQ(table.size(), 1000U);
    for (Element& element : elements) {
        EXPECT_EQ(table.find(element.key), &element);
    }
    EXPECT_EQ(table.find(1), nullptr);
    for (std::size_t i = 0; i < elements.size(); i += 2) {
        table.erase(elements[i]);
    }
    EXPECT_EQ(table.size(), 500U);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        EXPECT_EQ(table.find(elements[i].key), i % 2 == 0 ? nullptr : &elements[i]);
    }
}

TEST(Table, ShowsEachElementOnce) {
    std::vector<Element> elements;
    for (int i = 0; i < 100; ++i) {
        elements.emplace_back(i);
    }
    Table<Element, KeyOf> table;
    for (Element& element : elements) {
        table.insert(element);
    }
    std::multiset<int> seen;
    for (const Element& element : table) {
        seen.insert(element.key);
    }
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(std::set<int>(seen.begin(), seen.end()).size(), 100U);
}

}  // namespace
}  // namespace resgate
