#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ops/settings.h"

namespace resgate::ops {

/// The settings of a configuration text: the defaults overlaid with the properties given ([CONF-20]
/// to [CONF-23]). The failure is the reason why it cannot be used.
Result<Settings, std::string> parse_config(std::string_view text);

/// The text of the file that is written when there is none ([CONF-26]).
std::string format_config(const Settings& settings);

}  // namespace resgate::ops
