#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace resgate::res {

/// An element of a sequence; equal elements have equal numbers.
using Symbol = std::uint32_t;

/// An element kept: where it stands in the first sequence and in the second.
struct Match {
    std::size_t from;
    std::size_t to;
};

/// What the walk of [LCS-4] keeps of two sequences, from the last match to the first. Takes one bit
/// a cell of the table, and time for a cell likewise. Numbers must be dense from 0.
std::vector<Match> walk_lcs_table(std::span<const Symbol> from, std::span<const Symbol> to);

}  // namespace resgate::res
