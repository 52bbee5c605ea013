#pragma once

#include <optional>
#include <string_view>

#include "ops/settings.h"

namespace resgate::ops {

/// The first property that is switched on although this version cannot do what it asks for. Better
/// no start than a setting, perhaps one of security, that is silently without effect.
std::optional<std::string_view> unsupported_property(const Settings& settings);

}  // namespace resgate::ops
