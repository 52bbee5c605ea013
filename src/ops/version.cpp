#include "ops/version.h"

#include <fmt/format.h>

#include "res/version.h"

namespace resgate::ops {

std::string_view program_version() {
    return RESGATE_VERSION;
}

std::string build_information() {
#ifdef NDEBUG
    constexpr std::string_view kind = "release";
#else
    constexpr std::string_view kind = "debug";
#endif
    return fmt::format("Protocol {}, {} build by C++ compiler {}", res::latest_version_text, kind,
                       __VERSION__);
}

}  // namespace resgate::ops
