#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "res/error.h"
#include "res/version.h"

namespace resgate::res {

enum class RequestType : std::uint8_t { version, subscribe, unsubscribe, get, call, auth, new_ };

/// The frame of a client request ([CLI-2]). Slices point into the message, or into the storage.
struct ClientRequest {
    std::uint64_t id = 0;
    /// The method with escapes resolved; empty if absent.
    std::string_view method;
    /// `params` as written; nothing if absent. JSON null is kept as a value.
    std::optional<json::Value> params;
};

/// Nothing if the message is to be ignored silently ([CLI-3]). The message must be well-formed
/// UTF-8 (binary messages are sanitized first, [JSN-10]). `storage` gets the method if that is
/// written with escapes.
std::optional<ClientRequest> parse_client_request(std::string_view message, std::string& storage);

/// What a method asks for ([CLI-6]). Slices point into the method.
struct ParsedMethod {
    RequestType type = RequestType::version;
    std::string_view rid;     ///< as written by the client; empty for version
    std::string_view method;  ///< of call and auth; "new" for new
};

/// `system.invalidRequest` for everything [CLI-6] refuses.
Result<ParsedMethod> parse_method(std::string_view method);

/// The protocol version asked for, or nothing if it is to stay as it is ([CVE-1] to [CVE-4]).
Result<std::optional<ProtocolVersion>> parse_version_params(std::optional<json::Value> params);

/// The count of an unsubscribe ([CUS-1]), at least 1.
Result<std::int64_t> parse_unsubscribe_params(std::optional<json::Value> params);

}  // namespace resgate::res
