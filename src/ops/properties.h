#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ops/settings.h"

namespace resgate::ops {

/// Where a property is kept; the alternative tells its type ([CONF-22]).
using PropertyMember =
    std::variant<bool Settings::*, std::uint16_t Settings::*, std::int64_t Settings::*,
                 std::string Settings::*, std::optional<std::string> Settings::*,
                 std::vector<std::string> Settings::*>;

/// A property of the configuration file.
struct Property {
    std::string_view name;  ///< as it is written to the file
    PropertyMember member;
    bool zero_is_default = false;  ///< whether 0 stands for the default ([CONF-22])
    std::int64_t largest = 0;      ///< the range is 0 to this ([CONF-51]); 0 = not of part 95
};

/// All properties in the order of [CONF-26].
std::span<const Property> properties();

/// The property of exactly this name, which must exist.
const Property& property(std::string_view name);

/// Gives a property its default back.
void reset(Settings& settings, const Property& property);

/// Does so if the property's value stands for the default: an empty text ([CONF-22]; not one that
/// can also be absent), or 0 where the table says so.
void reset_if_zero(Settings& settings, const Property& property);

}  // namespace resgate::ops
