#include "res/difference.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

boost::intrusive_ptr<Content> collection(const std::string& text) {
    auto content = Content::from_collection(json::parse(text).value());
    EXPECT_TRUE(content) << text;
    return *content;
}

struct Sequence {
    std::vector<std::size_t> removed;
    std::vector<std::size_t> added;

    bool operator==(const Sequence&) const = default;
};

void PrintTo(const Sequence& sequence, std::ostream* out) {
    *out << "remove " << testing::PrintToString(sequence.removed) << " add "
         << testing::PrintToString(sequence.added);
}

Sequence sequence_of(const std::string& before, const std::string& after) {
    CollectionDifference result = difference(*collection(before), *collection(after));
    return {std::move(result.removed), std::move(result.added)};
}

// The table of 50.7.
TEST(Difference, GivesTheSpecifiedSequences) {
    struct Row {
        std::string before;
        std::string after;
        Sequence expected;
    };

    const std::vector<Row> rows = {
        {R"(["foo",42,true,null])", R"(["foo","bar",42,true])", {{3}, {1}}},
        {"[1,2,3]", "[1,2,3,4]", {{}, {3}}},
        {"[1,2,3]", "[3,2,1]", {{1, 0}, {1, 2}}},
        {"[1,2]", "[2,1]", {{0}, {1}}},
        {"[1,1]", "[1]", {{1}, {}}},
        {"[1]", "[1,1]", {{}, {1}}},
        {R"(["a","b"])", R"(["b","a","b"])", {{}, {0}}},
        {R"(["a","b","c"])", R"(["x","y"])", {{2, 1, 0}, {0, 1}}},
        {R"(["a","b","c","d"])", R"(["b","d","a","c"])", {{2, 0}, {2, 3}}},
        {R"(["x","a","x","b"])", R"(["a","x","c"])", {{3, 0}, {2}}},
        {R"(["a","b","c","a","b","b","a"])", R"(["c","b","a","b","a","c"])", {{3, 1, 0}, {2, 5}}},
        {"[]", "[1,2]", {{}, {0, 1}}},
        {"[1,2]", "[]", {{1, 0}, {}}},
        {R"(["foo",42,true,null])", R"([42,"new",true,null])", {{0}, {1}}},
        {"[]", "[]", {{}, {}}},
        {"[1,2,3]", "[1,2,3]", {{}, {}}},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(sequence_of(row.before, row.after), row.expected)
            << row.before << " to " << row.after;
    }
}

// [LCS-1], [VAL-7], [VAL-8]
TEST(Difference, ComparesElementsAsValues) {
    const Sequence nothing;
    EXPECT_EQ(sequence_of(R"([0,"\u0061",1,{"rid":"a.b"},2,{"data":[1,2]},3])",
                          R"([9,"a",1,{"rid":"a.b","soft":false},2,{"data": [1, 2]},8])"),
              (Sequence{{6, 0}, {0, 6}}));
    EXPECT_EQ(sequence_of(R"([{"rid":"a.b","x":1}])", R"([{"x":2,"rid":"a\u002eb"}])"), nothing);
    EXPECT_EQ(sequence_of(R"([{"data":5}])", "[5]"), nothing);
    EXPECT_EQ(sequence_of(R"([{"rid":"a.b"}])", R"([{"rid":"a.b","soft":true}])"),
              (Sequence{{0}, {0}}));
    EXPECT_EQ(sequence_of(R"([0,{"rid":"a"},1,"sa",2])", R"([3,{"rid":"a","soft":true},1,"ra",4])"),
              (Sequence{{4, 3, 1, 0}, {0, 1, 3, 4}}));
    EXPECT_EQ(sequence_of("[1]", "[1.0]"), (Sequence{{0}, {0}}));
    EXPECT_EQ(sequence_of("[1]", "[\"1\"]"), (Sequence{{0}, {0}}));
}

/// The rules of 50.7 as they are written.
Sequence specified(const std::vector<int>& a, const std::vector<int>& b) {
    std::size_t s = 0;
    while (s < a.size() && s < b.size() && a[s] == b[s]) {
        ++s;
    }
    std::size_t t = 0;
    while (t < a.size() - s && t < b.size() - s && a[a.size() - 1 - t] == b[b.size() - 1 - t]) {
        ++t;
    }
    const std::size_t rows = a.size() - s - t;
    const std::size_t columns = b.size() - s - t;
    std::vector<std::vector<int>> l(rows + 1, std::vector<int>(columns + 1));
    for (std::size_t i = 1; i <= rows; ++i) {
        for (std::size_t j = 1; j <= columns; ++j) {
            l[i][j] = a[s + i - 1] == b[s + j - 1] ? l[i - 1][j - 1] + 1
                                                   : std::max(l[i - 1][j], l[i][j - 1]);
        }
    }
    Sequence result;
    std::size_t i = rows;
    std::size_t j = columns;
    while (i > 0 || j > 0) {
        if (i > 0 && j > 0 && a[s + i - 1] == b[s + j - 1]) {
            --i;
            --j;
        } else if (j > 0 && (i == 0 || l[i][j - 1] >= l[i - 1][j])) {
            result.added.push_back(s + --j);
        } else {
            result.removed.push_back(s + --i);
        }
    }
    std::reverse(result.added.begin(), result.added.end());
    return result;
}

std::string text_of(const std::vector<int>& elements) {
    std::string text = "[";
    for (const int element : elements) {
        text += (text.size() > 1 ? "," : "") + std::to_string(element);
    }
    return text + "]";
}

std::vector<int> applied(std::vector<int> elements, const std::vector<int>& after,
                         const Sequence& sequence) {
    EXPECT_TRUE(std::is_sorted(sequence.removed.rbegin(), sequence.removed.rend()));
    EXPECT_TRUE(std::is_sorted(sequence.added.begin(), sequence.added.end()));
    for (const std::size_t index : sequence.removed) {
        elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(index));
    }
    for (const std::size_t index : sequence.added) {
        EXPECT_LE(index, elements.size());
        elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(index), after[index]);
    }
    return elements;
}

std::vector<int> random_elements(std::mt19937& random, std::size_t size, int kinds) {
    std::vector<int> elements(size);
    for (int& element : elements) {
        element = static_cast<int>(random() % static_cast<unsigned>(kinds));
    }
    return elements;
}

// [LCS-2] to [LCS-5]
TEST(Difference, AgreesWithTheRulesOnRandomCollections) {
    std::mt19937 random(1);
    for (int round = 0; round < 1500; ++round) {
        const int kinds = 1 + static_cast<int>(random() % 12);
        const auto before = random_elements(random, random() % 12, kinds);
        const auto after = random_elements(random, random() % 12, kinds);
        ASSERT_EQ(sequence_of(text_of(before), text_of(after)), specified(before, after))
            << text_of(before) << " to " << text_of(after);
    }
}

// [LCS-7]: rows of more than one machine word, many elements alike and none alike.
TEST(Difference, AgreesWithTheRulesOnLargerCollections) {
    std::mt19937 random(2);
    for (const int kinds : {2, 5, 60, 500, 100000}) {
        for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{
                 {63, 64}, {64, 65}, {200, 129}, {300, 700}, {1000, 1000}, {5, 3000}, {3000, 5}}) {
            const auto before = random_elements(random, rows, kinds);
            const auto after = random_elements(random, columns, kinds);
            ASSERT_EQ(sequence_of(text_of(before), text_of(after)), specified(before, after))
                << rows << " and " << columns << " of " << kinds << " kinds";
        }
    }
}

TEST(Difference, TurnsTenThousandElementsWithScatteredChangesIntoEachOther) {
    std::mt19937 random(3);
    std::vector<int> before(10000);
    for (std::size_t i = 0; i < before.size(); ++i) {
        before[i] = static_cast<int>(i);
    }
    std::vector<int> after = before;
    for (int change = 0; change < 5000; ++change) {
        after[random() % after.size()] = 10000 + change;
    }
    const Sequence sequence = sequence_of(text_of(before), text_of(after));
    EXPECT_EQ(applied(before, after, sequence), after);
    EXPECT_LE(sequence.removed.size(), 5000U);
}

TEST(Difference, TurnsEntirelyDifferentCollectionsIntoEachOther) {
    std::vector<int> before(10000, 1);
    std::vector<int> after(10000, 2);
    const Sequence sequence = sequence_of(text_of(before), text_of(after));
    EXPECT_EQ(sequence.removed.size(), before.size());
    EXPECT_EQ(applied(before, after, sequence), after);
}

}  // namespace
}  // namespace resgate::res
