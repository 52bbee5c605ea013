#include "ops/unsupported.h"

namespace resgate::ops {

std::optional<std::string_view> unsupported_property(const Settings& settings) {
    const struct {
        std::string_view property;
        bool switched_on;
    } table[] = {
        {"tls", settings.tls},
    };

    for (const auto& row : table) {
        if (row.switched_on) {
            return row.property;
        }
    }
    return std::nullopt;
}

}  // namespace resgate::ops
