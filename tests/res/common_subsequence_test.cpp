#include "res/common_subsequence.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

using Symbols = std::vector<Symbol>;

Symbols kept_of(const Symbols& sequence, const std::vector<bool>& kept) {
    Symbols result;
    for (std::size_t i = 0; i < sequence.size(); ++i) {
        if (kept[i]) {
            result.push_back(sequence[i]);
        }
    }
    return result;
}

/// How many elements are kept; checks that they are the same ones of both.
std::size_t kept(const Symbols& from, const Symbols& to, std::size_t table_cells) {
    const Kept result = common_subsequence(from, to, table_cells);
    EXPECT_EQ(kept_of(from, result.from), kept_of(to, result.to));
    return kept_of(from, result.from).size();
}

TEST(CommonSubsequence, IsCommonHoweverSmallTheTables) {
    std::mt19937 random(4);
    for (int round = 0; round < 400; ++round) {
        const auto kinds = static_cast<Symbol>(1 + random() % 300);
        Symbols from(random() % 200);
        Symbols to(random() % 200);
        for (auto* sequence : {&from, &to}) {
            for (Symbol& symbol : *sequence) {
                symbol = static_cast<Symbol>(random() % kinds);
            }
        }
        const std::size_t longest = kept(from, to, largest_table_cells);
        for (const std::size_t cells : {0U, 1U, 64U, 1000U, 10000U}) {
            ASSERT_LE(kept(from, to, cells), longest);
        }
    }
}

TEST(CommonSubsequence, FindsScatteredChangesBetweenAnchors) {
    Symbols from(5000);
    std::iota(from.begin(), from.end(), Symbol{0});
    Symbols to = from;
    for (std::size_t i = 0; i < to.size(); i += 3) {
        to[i] = static_cast<Symbol>(5000 + i);
    }
    to.erase(to.begin() + 10, to.begin() + 100);
    to.insert(to.begin() + 2500, 60, Symbol{7});
    EXPECT_EQ(kept(from, to, 4096), kept(from, to, largest_table_cells));
}

TEST(CommonSubsequence, KeepsElementsThatOccurOftenNearTheirPlace) {
    Symbols from;
    Symbols to;
    for (Symbol i = 0; i < 2000; ++i) {
        from.push_back(i % 7);
        to.push_back(i % 50 == 49 ? 9 : i % 7);
    }
    EXPECT_GT(kept(from, to, 100000), 1700U);
}

TEST(CommonSubsequence, KeepsNothingOfSequencesWithoutCommonElements) {
    EXPECT_EQ(kept(Symbols(3000, 0), Symbols(3000, 1), 1000), 0U);
    EXPECT_EQ(kept({}, Symbols(3, 1), 0), 0U);
    EXPECT_EQ(kept(Symbols(3, 1), {}, 0), 0U);
}

}  // namespace
}  // namespace resgate::res
