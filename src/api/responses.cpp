#include "api/responses.h"

#include <array>
#include <utility>

namespace resgate::api {

int status_of(std::string_view code) {
    static constexpr std::array<std::pair<std::string_view, int>, 10> statuses{{
        {"system.notFound", 404},
        {"system.methodNotFound", 404},
        {"system.timeout", 404},
        {"system.accessDenied", 401},
        {"system.methodNotAllowed", 405},
        {"system.internalError", 500},
        {"system.serviceUnavailable", 503},
        {"system.forbidden", 403},
        {"system.subjectTooLong", 414},
        {"system.requestTooLarge", 413},
    }};
    for (const auto& [known, status] : statuses) {
        if (known == code)
            return status;
    }
    return 400;
}

res::Error generic_error(int status) {
    switch (status) {
        case 401:
        case 402:
        case 407:
            return res::errors::access_denied();
        case 403:
        case 451:
            return {"system.forbidden", "Forbidden", {}};
        case 404:
        case 410:
            return res::errors::not_found();
        case 405:
            return res::errors::method_not_allowed();
        case 408:
        case 504:
            return res::errors::timeout();
        case 501:
            return {"system.notImplemented", "Not implemented", {}};
        case 503:
            return res::errors::service_unavailable();
        default:
            return status < 500 ? res::Error{"system.badRequest", "Bad request", {}}
                                : res::Error{"system.internalError", "Internal error", {}};
    }
}

http::Response json_response(std::string body, http::Headers headers) {
    http::Response response;
    response.headers = std::move(headers);
    response.content_type = http::json_type;
    response.body = std::move(body);
    return response;
}

http::Response error_response(const res::Error& error, http::Headers headers) {
    std::string body;
    res::append_error(body, error);
    http::Response response = json_response(std::move(body), std::move(headers));
    response.status = status_of(error.code);
    return response;
}

}  // namespace resgate::api
