#pragma once

#include <optional>
#include <string>

#include "ops/settings.h"

namespace resgate::ops {

/// The first fault of the settings in the order of section 6 of part 70, in the words of
/// [CONF-38] and [CONF-41] to [CONF-51]; nothing if they can be used.
std::optional<std::string> validate(const Settings& settings);

}  // namespace resgate::ops
