#include "api/handshake.h"

#include <vector>

#include "http/target.h"
#include "res/service_request.h"

namespace resgate::api {

std::string handshake_of(const http::Request& request, std::string_view remote_address) {
    std::vector<res::HeaderLine> lines;
    for (const http::HeaderLine header : request.headers)
        lines.push_back({header.name, header.value});
    std::string_view host = http::split_target(request.target).authority;
    if (host.empty())
        host = request.headers.find("Host").value_or(host);
    return res::handshake_members(host, remote_address, request.target, lines);
}

}  // namespace resgate::api
