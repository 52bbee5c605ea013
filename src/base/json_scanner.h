#pragma once

#include <cstddef>

namespace resgate::json {

inline bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

inline const char* skip_space(const char* at, const char* end) {
    while (at != end && is_space(*at)) {
        ++at;
    }
    return at;
}

/// The byte behind the JSON value (RFC 8259) that begins at `at`, or null if no valid one does.
/// `depth`: how many containers it is in, which count for `max_depth`.
const char* scan_value(const char* at, const char* end, std::size_t depth = 0);

/// The same for what must be a string.
const char* scan_string(const char* at, const char* end);

}  // namespace resgate::json
