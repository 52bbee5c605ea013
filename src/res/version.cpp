#include "res/version.h"

#include <array>

namespace resgate::res {

Result<ProtocolVersion> ProtocolVersion::parse(std::string_view text) {
    constexpr std::uint16_t largest_part = 999;
    std::array<std::uint16_t, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool is_last = i + 1 == parts.size();
        const std::size_t dot = text.find('.');
        if ((dot == std::string_view::npos) != is_last) {
            return errors::invalid_params();
        }
        const std::string_view digits = text.substr(0, dot);
        for (const char digit : digits) {
            if (digit < '0' || digit > '9') {
                return errors::invalid_params();
            }
            parts[i] = static_cast<std::uint16_t>(parts[i] * 10 + (digit - '0'));
            if (parts[i] > largest_part) {
                return errors::invalid_params();
            }
        }
        if (digits.empty()) {
            return errors::invalid_params();
        }
        text.remove_prefix(is_last ? text.size() : dot + 1);
    }
    if (parts[0] != 1) {
        return errors::unsupported_protocol();
    }
    return ProtocolVersion{parts[0], parts[1], parts[2]};
}

}  // namespace resgate::res
