#pragma once

#include <string>
#include <string_view>

namespace resgate::ops {

inline constexpr std::string_view program_name = "resgate";

/// The version of this program; the build's project declaration is where it is changed ([DEC-8]).
std::string_view program_version();

/// What the program was built with, for the second line of the log ([OPS-2]).
std::string build_information();

}  // namespace resgate::ops
