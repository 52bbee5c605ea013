#pragma once

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
const char* scan_value(const char* at, const char* end);

}  // namespace resgate::json
