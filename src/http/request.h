#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace resgate::http {

struct Header {
    std::string name;
    std::string value;
};

using Headers = std::vector<Header>;

/// The value of the first header of that name (ASCII case ignored), or null.
const std::string* find_header(const Headers& headers, std::string_view name);

/// Removes all headers of that name (ASCII case ignored).
void remove_headers(Headers& headers, std::string_view name);

/// Whether this can be the name of a header: a token (RFC 9110, 5.6.2).
bool is_header_name(std::string_view name);

/// Whether a header of that name has `token` in its comma-separated list; ASCII case ignored.
bool has_token(const Headers& headers, std::string_view name, std::string_view token);

/// Whether two texts are the same but for the case of A-Z.
bool equal_ignoring_case(std::string_view a, std::string_view b);

enum class Version : std::uint8_t { http_1_0, http_1_1 };

/// What became of a request's body ([HTTP-6], [HTTP-61], [HTTP-63]).
enum class BodyState : std::uint8_t {
    complete,
    too_large,   ///< longer than `Limits::max_message_size`; was not read, `body` is empty
    unreadable,  ///< malformed chunks; `body` holds the reason
};

/// A request as received. The transport has checked all of [HTTP-5].
struct Request {
    std::string method;  ///< as written, case counts
    std::string target;  ///< as received
    Version version = Version::http_1_1;
    Headers headers;  ///< in order of arrival, names as written, values trimmed
    std::string body;
    BodyState body_state = BodyState::complete;
    bool keep_alive = true;  ///< whether the connection can serve another request after this one
};

}  // namespace resgate::http
