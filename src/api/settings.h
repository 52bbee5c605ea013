#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/origin.h"
#include "session/requests.h"

namespace resgate::api {

/// `apiEncoding`: how references stand in a body ([HTTP-90], [HTTP-91]).
enum class Encoding : std::uint8_t { json, jsonflat };

/// What the operator decides about the HTTP API (part 70).
struct Settings {
    std::string api_path = "/api";  ///< as configured; see `api_prefix`
    Encoding encoding = Encoding::json;
    http::AllowedOrigins origins;
    /// The method called before anything else ([HTTP-70]). With it, browsers may send cookies along
    /// ([HTTP-40]).
    std::optional<session::AuthMethod> header_auth;
    // The methods PUT, DELETE and PATCH call; without one they are not allowed ([HTTP-46]).
    std::optional<std::string> put_method;
    std::optional<std::string> delete_method;
    std::optional<std::string> patch_method;
};

}  // namespace resgate::api
