#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace resgate::res {

/// An error object of the protocol ([EOB-1]). `data` is raw JSON text, empty if there is none.
struct Error {
    std::string code;
    std::string message;
    std::string data;

    bool operator==(const Error&) const = default;
};

template <typename T>
using Result = resgate::Result<T, Error>;

/// The errors the gateway makes itself, with the exact texts of the catalogue (20.12, part 60).
namespace errors {

Error invalid_request();
Error invalid_params();
Error unsupported_protocol();
Error no_subscription();
Error subscription_limit_exceeded();
Error disposed_subscription();
Error access_denied();
Error deleted();
Error not_found();
Error timeout();
Error subject_too_long();
Error method_not_allowed();
Error service_unavailable();
Error forbidden_origin();
Error request_too_large();
/// `Internal error: <detail>`
Error internal(std::string_view detail);

}  // namespace errors

inline constexpr std::string_view code_access_denied = "system.accessDenied";
inline constexpr std::string_view code_not_found = "system.notFound";

/// Decodes an error object of a service; nothing if it is not one ([EOB-2]).
std::optional<Error> decode_error(json::Value value);

/// Appends the error as clients see it ([EOB-3]).
void append_error(std::string& out, const Error& error);

}  // namespace resgate::res
