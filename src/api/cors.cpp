#include "api/cors.h"

namespace resgate::api {

Cors::Cors(const Settings& settings)
    : origins_(settings.origins), methods_("GET, HEAD, OPTIONS, POST") {
    if (settings.header_auth)
        lines_ += "\r\nAccess-Control-Allow-Credentials: true";
    if (origins_.everybody())
        lines_ += "\r\nAccess-Control-Allow-Origin: *";
    if (settings.put_method)
        methods_ += ", PUT";
    if (settings.delete_method)
        methods_ += ", DELETE";
    if (settings.patch_method)
        methods_ += ", PATCH";
}

http::Headers Cors::headers(const http::Request& request) const {
    http::Headers headers;
    if (origins_.everybody())
        return headers;
    const auto origin = request.headers.find("Origin");
    if (!origin || *origin == "null")
        return headers;
    headers.push_back({"Access-Control-Allow-Origin",
                       origins_.matches(*origin) ? std::string(*origin) : origins_.first()});
    headers.push_back({"Vary", "Origin"});
    return headers;
}

bool Cors::accepts(const http::Request& request) const {
    return origins_.accepts(request.headers);
}

http::Response Cors::answer_options(const http::Request& request) const {
    constexpr std::string_view asked = "Access-Control-Request-Headers";
    http::Response response;
    response.lines = lines_;
    response.headers = headers(request);
    response.headers.push_back({"Access-Control-Allow-Methods", methods_});
    if (!request.headers.find(asked))
        return response;
    std::string allowed;
    bool first = true;
    for (const http::HeaderLine header : request.headers) {
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
