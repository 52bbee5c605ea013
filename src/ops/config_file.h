#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "ops/settings.h"

namespace resgate::ops {

/// The settings of a configuration file, or nothing if there is no such file. The failure is one
/// of the lines of [CONF-24].
Result<std::optional<Settings>, std::string> read_config_file(const std::string& path);

/// Creates the file with mode 0664 masked by umask ([CONF-25]). Leaves a file alone that exists
/// ([CONF-27]), and none behind if it cannot be written.
void create_config_file(const std::string& path, const Settings& settings);

}  // namespace resgate::ops
