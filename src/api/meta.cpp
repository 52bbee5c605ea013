#include "api/meta.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/responses.h"
#include "res/service_request.h"

namespace resgate::api {

namespace {

/// [HTTP-103], canonical.
bool is_protected(std::string_view name) {
    static constexpr std::array<std::string_view, 13> names{
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Origin",
        "Content-Type",
        "Sec-Websocket-Extensions",
        "Sec-Websocket-Protocol",
        // Framing is the gateway's own business.
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Trailer",
        "Te",
        "Upgrade",
        "Sec-Websocket-Accept",
    };
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// [HTTP-104]; other control characters become spaces when the header is written.
std::string clean_value(std::string value) {
    std::replace_if(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    const std::size_t first = value.find_first_not_of(" \t");
    if (first == std::string::npos)
        return {};
    return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

}  // namespace

void merge_headers(http::Headers& headers, const res::Meta& meta) {
    std::vector<std::string> names;  // of this meta, whose values add up ([HTTP-102])
    for (const auto& [written, values] : meta.header) {
        if (!http::is_header_name(written))
            continue;
        std::string name = res::canonical_header_name(written);
        if (is_protected(name))
            continue;
        if (name != "Set-Cookie" && std::find(names.begin(), names.end(), name) == names.end()) {
            http::remove_headers(headers, name);
            names.push_back(name);
        }
        for (const std::string& value : values)
            headers.push_back({name, clean_value(value)});
    }
}

bool is_direct_status(std::int64_t status) {
    return status >= 300 && status <= 599;
}

http::Response direct_response(const res::Meta& meta, http::Headers headers,
                               const ResourcePath& path) {
    const int status = static_cast<int>(*meta.status);
    http::Response response;
    if (status >= 400) {
        response =
            error_response(meta.error ? *meta.error : generic_error(status), std::move(headers));
    } else {
        if (!meta.resource.empty() && !http::find_header(headers, "Location")) {
            std::string location;
            path.append_href(location, meta.resource);
            headers.push_back({"Location", std::move(location)});
        }
        response.headers = std::move(headers);
    }
    response.status = status;
    return response;
}

}  // namespace resgate::api
