#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resgate::ops {

/// `A` to `Z` in lower case, everything else as it is.
std::string to_lower_ascii(std::string_view text);

/// The entries of an `allowOrigin` setting, lower-cased, in the order written ([CONF-45]). An empty
/// setting has one empty entry.
std::vector<std::string> split_origins(std::string_view setting);

/// What is wrong with the first bad entry, or nothing: the reasons of [CONF-45].
std::optional<std::string> fault_of_origins(const std::vector<std::string>& entries);

}  // namespace resgate::ops
