#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace resgate::http {

/// A request target taken apart ([HTTP-10], [HTTP-11]). Slices of the text given.
struct Target {
    std::string_view path;       ///< raw, not decoded; `*` for the asterisk form
    std::string_view query;      ///< raw, without the `?`; empty if there is none
    std::string_view authority;  ///< of the absolute form (`http://host:port/path`), else empty
    bool asterisk = false;       ///< the target is `*`
};

/// Splits a target; never fails ([HTTP-5] was checked before).
Target split_target(std::string_view target);

/// Whether every `%` in `path` is followed by two hex digits ([HTTP-5]).
bool has_valid_escapes(std::string_view path);

/// Replaces every `%XX` by its byte ([HTTP-12]). A `%` without two hex digits stays.
std::string percent_decode(std::string_view text);

}  // namespace resgate::http
