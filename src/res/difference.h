#pragma once

#include <cstddef>
#include <vector>

#include "res/content.h"

namespace resgate::res {

/// What turns one collection into another ([LCS-5]): first the removals, indices into the old
/// collection in descending order, then the additions, indices into the new one in ascending order.
struct CollectionDifference {
    std::vector<std::size_t> removed;
    std::vector<std::size_t> added;
};

/// [LCS-1] to [LCS-4] exactly up to tables far beyond `Limits::exact_difference_cells` ([LCS-7],
/// see `largest_table_cells`); above that another valid sequence, in time near linear in the sizes.
CollectionDifference difference(const Content& before, const Content& after);

}  // namespace resgate::res
