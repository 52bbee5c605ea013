#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "res/lcs_table.h"

namespace resgate::res {

/// Which elements of two sequences belong to a common subsequence: the same ones of both, in the
/// same order.
struct Kept {
    std::vector<bool> from;
    std::vector<bool> to;
};

/// Size of the largest table that is computed in full: 16 MiB, and a few milliseconds.
inline constexpr std::size_t largest_table_cells = std::size_t{1} << 27;

/// What the walk of [LCS-4] keeps, exactly, while the table has at most `table_cells` cells (its
/// rows rounded up to 64). Beyond that a common subsequence, usually a long one: elements that
/// occur once in both sequences anchor it, and what lies between two anchors is cut until its
/// tables together have at most an eighth of that. Numbers must be dense from 0.
Kept common_subsequence(std::span<const Symbol> from, std::span<const Symbol> to,
                        std::size_t table_cells = largest_table_cells);

}  // namespace resgate::res
