#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace resgate::http {

/// A request target taken apart ([HTTP-10], [HTTP-11]). Slices of the text given.
struct Target {
    /// Raw, not decoded; `*` for the asterisk form, empty for any form but that, the origin form
    /// and the absolute form.
    std::string_view path;
    std::string_view query;      ///< raw, without the `?`; empty if there is none
    std::string_view authority;  ///< of the absolute form (`http://host:port/path`), else empty
    bool asterisk = false;       ///< the target is `*`
};

/// Splits a target; never fails ([HTTP-5] was checked before).
Target split_target(std::string_view target);

/// Whether a target has one of the forms of [HTTP-10]. (CONNECT alone has another.)
bool is_routable_target(std::string_view target);

/// Whether the value of a `Host` header has no characters but those of hosts and ports (RFC 9112,
/// 3.2). An empty one has not.
bool is_host(std::string_view value);

/// Whether every `%` in `path` is followed by two hex digits ([HTTP-5]).
bool has_valid_escapes(std::string_view path);

/// The text with every `%XX` replaced by its byte ([HTTP-12]). A `%` without two hex digits stays.
/// What is returned is in `room`, or the given text itself if it has no `%`, as nearly every one.
std::string_view percent_decode(std::string_view text, std::string& room);

}  // namespace resgate::http
