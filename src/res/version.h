#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "res/error.h"

namespace resgate::res {

/// A protocol version, ordered as a triple ([VER-3]).
struct ProtocolVersion {
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    std::uint16_t patch = 0;

    auto operator<=>(const ProtocolVersion&) const = default;

    /// Three parts of 1 or more digits, each at most 999 ([CVE-3]); major must be 1 ([CVE-4]).
    static Result<ProtocolVersion> parse(std::string_view text);

    /// Results of call and auth are wrapped and resource responses subscribe ([LEG-1]).
    bool wraps_results() const { return *this >= ProtocolVersion{1, 2, 0}; }

    /// Soft references and data values are understood ([LEG-3]).
    bool knows_soft_and_data() const { return *this >= ProtocolVersion{1, 2, 1}; }
};

/// What the gateway implements ([VER-1]).
inline constexpr ProtocolVersion latest_version{1, 2, 3};
inline constexpr std::string_view latest_version_text = "1.2.3";
/// What a WebSocket connection speaks until it says otherwise ([VER-2]).
inline constexpr ProtocolVersion initial_version{1, 1, 1};

}  // namespace resgate::res
