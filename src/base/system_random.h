#pragma once

#include <cstdint>

namespace resgate {

/// A number of the operating system's source, see `Random`. Any thread. They are fetched by the
/// batch, as each single one costs about as much as decoding a message.
std::uint32_t system_random();

}  // namespace resgate
