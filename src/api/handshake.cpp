#include "api/handshake.h"

#include <vector>

#include "http/target.h"
#include "res/service_request.h"

namespace resgate::api {

std::string handshake_of(const http::Request& request, std::string_view remote_address) {
    std::vector<res::HeaderLine> lines;
    lines.reserve(request.headers.size());
    for (const http::Header& header : request.headers)
        lines.push_back({header.name, header.value});
    std::string_view host = http::split_target(request.target).authority;
    if (const std::string* const line = http::find_header(request.headers, "Host");
        host.empty() && line)
        host = *line;
    return res::handshake_members(host, remote_address, request.target, lines);
}

}  // namespace resgate::api
