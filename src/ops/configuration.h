#pragma once

#include <iosfwd>
#include <span>

#include "base/result.h"
#include "ops/settings.h"

namespace resgate::ops {

/// How the process ends ([OPS-24]).
enum class ExitStatus { success = 0, failure = 1, usage = 2 };

/// Everything from the command line to settings that can be used: part 70 of the specification.
/// Reads or creates the configuration file; nothing else is touched.
///
/// `arguments` are those after the program's name. Help and version go to `out`, all other lines
/// to `err` ([OPS-25]). The failure is the status to exit with; after help and version that is 0.
Result<Settings, ExitStatus> load_configuration(std::span<const char* const> arguments,
                                                std::ostream& out, std::ostream& err);

}  // namespace resgate::ops
