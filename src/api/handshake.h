#pragma once

#include <string>
#include <string_view>

#include "http/request.h"

namespace resgate::api {

/// What services may learn of a client's HTTP request: see `session::Origin::handshake` ([REQ-6],
/// [HTTP-71]). `remote_address` is the client's, with its port.
std::string handshake_of(const http::Request& request, std::string_view remote_address);

}  // namespace resgate::api
