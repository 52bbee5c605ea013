#include "res/common_subsequence.h"

#include <algorithm>

#include "base/limits.h"

namespace resgate::res {
namespace {

// Tables of up to this many cells ([LCS-7]) may have rows of a single cell, rounded up to 64.
static_assert(largest_table_cells >= 64 * Limits::exact_difference_cells);

constexpr Symbol none = static_cast<Symbol>(-1);

/// Two ranges to be compared, by their bounds in the sequences.
struct Block {
    std::size_t from_begin;
    std::size_t from_end;
    std::size_t to_begin;
    std::size_t to_end;

    std::size_t rows() const { return from_end - from_begin; }

    std::size_t columns() const { return to_end - to_begin; }
};

/// Of pairs ascending in `from`, a longest selection that ascends in `to` as well (patience
/// sorting).
std::vector<Match> longest_ascent(const std::vector<Match>& pairs) {
    constexpr std::size_t nothing = static_cast<std::size_t>(-1);
    std::vector<std::size_t> tops;  // the pair that ends the best selection of each length
    std::vector<std::size_t> previous(pairs.size(), nothing);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
        const auto top =
            std::lower_bound(tops.begin(), tops.end(), pairs[p].to,
                             [&](std::size_t t, std::size_t to) { return pairs[t].to < to; });
        if (top != tops.begin()) {
            previous[p] = *(top - 1);
        }
        if (top == tops.end()) {
            tops.push_back(p);
        } else {
            *top = p;
        }
    }
    std::vector<Match> selection;
    for (std::size_t p = tops.empty() ? nothing : tops.back(); p != nothing; p = previous[p]) {
        selection.push_back(pairs[p]);
    }
    std::reverse(selection.begin(), selection.end());
    return selection;
}

class Search {
  public:
    Search(std::span<const Symbol> from, std::span<const Symbol> to)
        : from_(from),
          to_(to),
          kept_{std::vector<bool>(from.size()), std::vector<bool>(to.size())} {
        for (const auto& sequence : {from, to}) {
            for (const Symbol symbol : sequence) {
                symbols_ = std::max(symbols_, symbol + std::size_t{1});
            }
        }
        local_.resize(symbols_, none);
    }

    void compare_exactly(const Block& block);
    void compare_between_anchors(std::size_t gap_cells);

    Kept take() { return std::move(kept_); }

  private:
    void keep(std::size_t i, std::size_t j) { kept_.from[i] = kept_.to[j] = true; }

    std::vector<Match> anchors() const;
    void trim(Block& block);
    void compare_in_pieces(Block block, std::size_t cells);

    std::span<const Symbol> from_;
    std::span<const Symbol> to_;
    std::size_t symbols_ = 0;
    std::vector<Symbol> local_;  ///< numbers of symbols within a block; all `none` between blocks
    Kept kept_;
};

/// Numbers the symbols of the block anew, so that its cost does not depend on those outside.
void Search::compare_exactly(const Block& block) {
    std::vector<Symbol> from;
    std::vector<Symbol> to;
    Symbol count = 0;
    const auto number = [&](Symbol symbol) {
        if (local_[symbol] == none) {
            local_[symbol] = count++;
        }
        return local_[symbol];
    };
    for (std::size_t i = block.from_begin; i < block.from_end; ++i) {
        from.push_back(number(from_[i]));
    }
    for (std::size_t j = block.to_begin; j < block.to_end; ++j) {
        to.push_back(number(to_[j]));
    }
    for (std::size_t i = block.from_begin; i < block.from_end; ++i) {
        local_[from_[i]] = none;
    }
    for (std::size_t j = block.to_begin; j < block.to_end; ++j) {
        local_[to_[j]] = none;
    }
    for (const Match& match : walk_lcs_table(from, to)) {
        keep(block.from_begin + match.from, block.to_begin + match.to);
    }
}

std::vector<Match> Search::anchors() const {
    std::vector<std::uint32_t> in_from(symbols_);
    std::vector<std::uint32_t> in_to(symbols_);
    std::vector<std::size_t> place(symbols_);
    for (const Symbol symbol : from_) {
        ++in_from[symbol];
    }
    for (std::size_t j = 0; j < to_.size(); ++j) {
        ++in_to[to_[j]];
        place[to_[j]] = j;
    }
    std::vector<Match> unique;
    for (std::size_t i = 0; i < from_.size(); ++i) {
        if (in_from[from_[i]] == 1 && in_to[from_[i]] == 1) {
            unique.push_back({i, place[from_[i]]});
        }
    }
    return longest_ascent(unique);
}

void Search::compare_between_anchors(std::size_t gap_cells) {
    Block gap{0, 0, 0, 0};
    for (const Match& anchor : anchors()) {
        gap.from_end = anchor.from;
        gap.to_end = anchor.to;
        compare_in_pieces(gap, gap_cells);
        keep(anchor.from, anchor.to);
        gap.from_begin = anchor.from + 1;
        gap.to_begin = anchor.to + 1;
    }
    gap.from_end = from_.size();
    gap.to_end = to_.size();
    compare_in_pieces(gap, gap_cells);
}

/// Takes common elements off both ends: some longest common subsequence has them.
void Search::trim(Block& block) {
    while (block.rows() > 0 && block.columns() > 0 &&
           from_[block.from_begin] == to_[block.to_begin]) {
        keep(block.from_begin++, block.to_begin++);
    }
    while (block.rows() > 0 && block.columns() > 0 &&
           from_[block.from_end - 1] == to_[block.to_end - 1]) {
        keep(--block.from_end, --block.to_end);
    }
}

/// Cuts both ranges at the same proportions, into as many pieces as keep all tables together
/// within `cells`: n pieces leave an n-th of the table.
void Search::compare_in_pieces(Block block, std::size_t cells) {
    trim(block);
    const std::size_t shorter = std::min(block.rows(), block.columns());
    if (shorter == 0) {
        return;
    }
    const std::size_t pieces = std::min(shorter, block.rows() * block.columns() / cells + 1);
    for (std::size_t n = 0; n < pieces; ++n) {
        compare_exactly({block.from_begin + block.rows() * n / pieces,
                         block.from_begin + block.rows() * (n + 1) / pieces,
                         block.to_begin + block.columns() * n / pieces,
                         block.to_begin + block.columns() * (n + 1) / pieces});
    }
}

}  // namespace

Kept common_subsequence(std::span<const Symbol> from, std::span<const Symbol> to,
                        std::size_t table_cells) {
    Search search(from, to);
    const std::size_t row_cells = (to.size() + 63) / 64 * 64;
    if (row_cells == 0 || from.size() <= table_cells / row_cells) {
        search.compare_exactly({0, from.size(), 0, to.size()});
    } else {
        search.compare_between_anchors(std::max<std::size_t>(table_cells / 8, 1));
    }
    return search.take();
}

}  // namespace resgate::res
