#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace resgate::nats {

/// One server of the setting `natsUrl`, and the credentials written into its URL ([OPS-40]).
struct ServerAddress {
    std::string host;  ///< name or IP address, without brackets
    std::uint16_t port = 4222;
    bool tls = false;  ///< the scheme demands it
    std::string user;
    std::string password;
    std::string token;

    bool operator==(const ServerAddress&) const = default;
};

/// The servers of a comma separated list, in the order written ([OPS-40], [NTX-1]). The failure
/// says which item is wrong, without its credentials.
Result<std::vector<ServerAddress>, std::string> parse_servers(std::string_view urls);

/// The list as it may be shown: passwords and tokens as `***` ([OPS-3], [NTX-2]). Never shows more
/// than that, however malformed the list is.
std::string masked_urls(std::string_view urls);

}  // namespace resgate::nats
