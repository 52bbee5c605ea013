#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// What client and server tell each other before the first message.
namespace resgate::nats {

/// What matters of a server's INFO.
struct ServerInfo {
    std::optional<std::size_t> max_payload;  ///< in bytes
    bool headers = false;
    bool tls_required = false;
    bool tls_available = false;
    std::string nonce;  ///< to be signed with an NKey; empty if none is offered
};

/// Nothing if the text is no JSON object. Members of a wrong type count as absent.
std::optional<ServerInfo> decode_server_info(std::string_view json);

/// What a client proves itself with; each empty if not used.
struct Credentials {
    std::string user;
    std::string password;
    std::string token;
    std::string jwt;
    std::string nkey;       ///< public key
    std::string signature;  ///< of the nonce, as CONNECT carries it
};

/// Completes credentials when a server has introduced itself ([OPS-43]).
class Authenticator {
  public:
    virtual ~Authenticator() = default;

    /// `from_url` has what the server's URL contains. The failure is the reason to be logged.
    virtual Result<Credentials, std::string> credentials(const ServerInfo& server,
                                                         Credentials from_url) = 0;
};

/// The JSON object of CONNECT ([NAT-1], [OPS-46]). Headers and no-responders are announced to
/// servers that know them.
std::string connect_options(std::string_view client_name, std::string_view client_version,
                            const ServerInfo& server, const Credentials& credentials);

}  // namespace resgate::nats
