#pragma once

#include <cstdint>
#include <functional>

namespace resgate {

/// Where unpredictable numbers come from: 32 independent, evenly distributed bits a call. The
/// program passes the operating system's source, tests a seeded one.
using Random = std::function<std::uint32_t()>;

}  // namespace resgate
