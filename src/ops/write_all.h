#pragma once

#include <string_view>

namespace resgate::ops {

/// Writes everything to a descriptor, also to one that is full and that somebody has made
/// non-blocking: waits until it takes more. False if it takes no more at all.
bool write_all(int descriptor, std::string_view bytes);

}  // namespace resgate::ops
