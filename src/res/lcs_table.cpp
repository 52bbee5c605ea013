#include "res/lcs_table.h"

#include <algorithm>
#include <utility>

// The table L of [LCS-3] is kept as one bit a cell: whether L(i,j) = L(i,j-1). Neighbours differ by
// 0 or 1, and a row follows from the one above for 64 cells at once (Hyyrö, "Bit-parallel
// LCS-length computation revisited", 2004). These bits are all the walk of [LCS-4] asks for: where
// two elements differ, L(i,j) is the larger one of L(i,j-1) and L(i-1,j), so L(i,j-1) >= L(i-1,j)
// holds exactly if L(i,j) = L(i,j-1).
namespace resgate::res {
namespace {

using Word = std::uint64_t;
constexpr std::size_t word_bits = 64;

/// For each symbol its positions in a sequence: one slice of a shared list per symbol.
class Positions {
  public:
    Positions(std::span<const Symbol> sequence, std::size_t symbols)
        : begins_(symbols + 1), all_(sequence.size()) {
        for (const Symbol symbol : sequence) {
            ++begins_[symbol + 1];
        }
        for (std::size_t i = 1; i < begins_.size(); ++i) {
            begins_[i] += begins_[i - 1];
        }
        std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
        for (std::size_t i = 0; i < sequence.size(); ++i) {
            all_[next[sequence[i]]++] = static_cast<std::uint32_t>(i);
        }
    }

    std::span<const std::uint32_t> of(Symbol symbol) const {
        return std::span(all_).subspan(begins_[symbol], begins_[symbol + 1] - begins_[symbol]);
    }

  private:
    std::vector<std::uint32_t> begins_;
    std::vector<std::uint32_t> all_;
};

/// For each symbol the mask of its positions. Symbols that occur often, of which there are at most
/// 64, have a mask for good; those of the others are made when asked for. So a row's mask never
/// costs more than the row.
class Masks {
  public:
    Masks(std::span<const Symbol> sequence, std::size_t symbols, std::size_t words)
        : positions_(sequence, symbols), words_(words), rare_(words) {
        for (Symbol symbol = 0; symbol < symbols; ++symbol) {
            if (is_frequent(symbol)) {
                frequent_.emplace_back(symbol, std::vector<Word>(words_));
                set(frequent_.back().second, symbol);
            }
        }
    }

    /// Valid until the next call.
    const std::vector<Word>& of(Symbol symbol) {
        if (is_frequent(symbol)) {
            return std::lower_bound(frequent_.begin(), frequent_.end(), symbol,
                                    [](const auto& entry, Symbol s) { return entry.first < s; })
                ->second;
        }
        for (const std::uint32_t position : positions_.of(shown_)) {
            rare_[position / word_bits] = 0;
        }
        set(rare_, symbol);
        shown_ = symbol;
        return rare_;
    }

  private:
    bool is_frequent(Symbol symbol) const { return positions_.of(symbol).size() > words_; }

    void set(std::vector<Word>& mask, Symbol symbol) const {
        for (const std::uint32_t position : positions_.of(symbol)) {
            mask[position / word_bits] |= Word{1} << (position % word_bits);
        }
    }

    Positions positions_;
    std::size_t words_;
    std::vector<std::pair<Symbol, std::vector<Word>>> frequent_;
    std::vector<Word> rare_;
    Symbol shown_ = 0;
};

std::size_t symbols_in(std::span<const Symbol> from, std::span<const Symbol> to) {
    const Symbol largest = std::max(*std::max_element(from.begin(), from.end()),
                                    *std::max_element(to.begin(), to.end()));
    return largest + std::size_t{1};
}

/// All rows of the table but the one of i = 0, `words` each.
std::vector<Word> rows_of_table(std::span<const Symbol> from, std::span<const Symbol> to,
                                std::size_t words) {
    Masks masks(to, symbols_in(from, to), words);
    std::vector<Word> rows(from.size() * words);
    const std::vector<Word> first(words, ~Word{0});
    const Word* above = first.data();
    for (std::size_t i = 0; i < from.size(); ++i) {
        const Word* mask = masks.of(from[i]).data();
        Word* row = rows.data() + i * words;
        Word carry = 0;
        for (std::size_t w = 0; w < words; ++w) {
            const Word matches = above[w] & mask[w];
            const Word partial = above[w] + matches;
            const Word sum = partial + carry;
            carry = static_cast<Word>(partial < matches) | static_cast<Word>(sum < carry);
            row[w] = sum | (above[w] & ~mask[w]);
        }
        above = row;
    }
    return rows;
}

}  // namespace

std::vector<Match> walk_lcs_table(std::span<const Symbol> from, std::span<const Symbol> to) {
    std::vector<Match> kept;
    if (from.empty() || to.empty()) {
        return kept;
    }
    const std::size_t words = (to.size() + word_bits - 1) / word_bits;
    const std::vector<Word> rows = rows_of_table(from, to, words);
    std::size_t i = from.size();
    std::size_t j = to.size();
    while (i > 0 && j > 0) {
        const Word word = rows[(i - 1) * words + (j - 1) / word_bits];
        if (from[i - 1] == to[j - 1]) {
            kept.push_back({--i, --j});
        } else if ((word >> ((j - 1) % word_bits) & 1) != 0) {
            --j;
        } else {
            --i;
        }
    }
    return kept;
}

}  // namespace resgate::res
