#include "api/cors.h"

#include <string_view>

namespace resgate::api {

Cors::Cors(const Settings& settings)
    : origins_(settings.origins),
      allow_credentials_(settings.header_auth.has_value()),
      methods_("GET, HEAD, OPTIONS, POST") {
    if (settings.put_method)
        methods_ += ", PUT";
    if (settings.delete_method)
        methods_ += ", DELETE";
    if (settings.patch_method)
        methods_ += ", PATCH";
}

http::Headers Cors::headers(const http::Request& request) const {
    http::Headers headers;
    headers.reserve(3);  // mostly there will be one more, of the content
    if (allow_credentials_)
        headers.push_back({"Access-Control-Allow-Credentials", "true"});
    if (origins_.everybody()) {
        headers.push_back({"Access-Control-Allow-Origin", "*"});
        return headers;
    }
    const std::string* const origin = http::find_header(request.headers, "Origin");
    if (!origin || *origin == "null")
        return headers;
    headers.push_back(
        {"Access-Control-Allow-Origin", origins_.matches(*origin) ? *origin : origins_.first()});
    headers.push_back({"Vary", "Origin"});
    return headers;
}

bool Cors::accepts(const http::Request& request) const {
    return origins_.accepts(request.headers);
}

http::Response Cors::answer_options(const http::Request& request) const {
    constexpr std::string_view asked = "Access-Control-Request-Headers";
    http::Response response;
    response.headers = headers(request);
    response.headers.push_back({"Access-Control-Allow-Methods", methods_});
    if (!http::find_header(request.headers, asked))
        return response;
    std::string allowed;
    bool first = true;
    for (const http::Header& header : request.headers) {
        if (!http::equal_ignoring_case(header.name, asked))
            continue;
        if (!first)
            allowed += ", ";
        first = false;
        allowed += header.value;
    }
    response.headers.push_back({"Access-Control-Allow-Headers", std::move(allowed)});
    return response;
}

}  // namespace resgate::api
