#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace resgate::ops {

enum class IntegerFault { syntax, range };

/// The integers of the command line ([CONF-5]): decimal, or with `0x`, `0o`, `0b` or a leading zero
/// hexadecimal, octal, binary, octal; `_` may stand between digits and after the prefix.
Result<std::uint64_t, IntegerFault> parse_unsigned(std::string_view text);

/// The same with an optional sign.
Result<std::int64_t, IntegerFault> parse_signed(std::string_view text);

}  // namespace resgate::ops
