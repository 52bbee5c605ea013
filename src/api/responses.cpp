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

http::Response json_response(std::string body, http::Headers headers) {
    http::Response response;
    response.headers = std::move(headers);
    response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
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
