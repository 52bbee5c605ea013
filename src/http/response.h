#pragma once

#include <string>
#include <string_view>

#include "base/frame.h"
#include "http/request.h"

namespace resgate::http {

inline constexpr std::string_view json_type = "application/json; charset=utf-8";
inline constexpr std::string_view text_type = "text/plain; charset=utf-8";

/// An answer to a request. `Date` (unless it is among `headers`), `Content-Length` and `Connection`
/// are added when it is written ([HTTP-3]); the latter two do not belong into `headers`.
struct Response {
    int status = 200;
    /// Whole lines that stand before `headers`, written as they are, each with the end of the line
    /// before it in front. Whoever made them keeps them.
    std::string_view lines{};
    Headers headers;
    std::string_view content_type{};  ///< static text; empty: no such header
    std::string body;    ///< given for HEAD as for GET: its length is sent, the bytes are not
    bool close = false;  ///< whether the connection ends after this answer
};

/// What the request contributes to the way its response is written.
struct ResponseContext {
    Version version = Version::http_1_1;
    bool head = false;        ///< the request's method is HEAD
    bool keep_alive = true;   ///< the connection goes on afterwards
    std::string_view date{};  ///< see `http_date`
};

/// The bytes of a response. Control characters in header values become spaces ([HTTP-104]).
FramePtr write_response(const Response& response, const ResponseContext& context);

/// The bytes of `HTTP/1.1 101 Switching Protocols` with exactly these headers ([WS-6]).
FramePtr write_switching_protocols(const Headers& headers);

/// A response of `text/plain; charset=utf-8` that ends the connection ([HTTP-5]). The body is the
/// status and its reason phrase, `400 Bad Request`, and the detail behind a colon if there is one.
Response plain_refusal(int status, std::string_view detail = {});

std::string_view reason_phrase(int status);

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
std::string http_date(std::int64_t seconds_since_1970);

}  // namespace resgate::http
