#include "res/error.h"

#include "res/members.h"

namespace resgate::res {

namespace errors {

Error invalid_request() {
    return {"system.invalidRequest", "Invalid request", {}};
}

Error invalid_params() {
    return {"system.invalidParams", "Invalid parameters", {}};
}

Error unsupported_protocol() {
    return {"system.unsupportedProtocol", "Unsupported protocol", {}};
}

Error no_subscription() {
    return {"system.noSubscription", "No subscription", {}};
}

Error subscription_limit_exceeded() {
    return {"system.subscriptionLimitExceeded", "Subscription limit exceeded", {}};
}

Error disposed_subscription() {
    return {"system.disposedSubscription", "Resource subscription is disposed", {}};
}

Error access_denied() {
    return {std::string(code_access_denied), "Access denied", {}};
}

Error deleted() {
    return {"system.deleted", "Deleted", {}};
}

Error not_found() {
    return {std::string(code_not_found), "Not found", {}};
}

Error timeout() {
    return {"system.timeout", "Request timeout", {}};
}

Error subject_too_long() {
    return {"system.subjectTooLong", "Subject too long", {}};
}

Error method_not_allowed() {
    return {"system.methodNotAllowed", "Method not allowed", {}};
}

Error service_unavailable() {
    return {"system.serviceUnavailable", "Service unavailable", {}};
}

Error forbidden_origin() {
    return {"system.forbidden", "Forbidden origin", {}};
}

Error request_too_large() {
    return {"system.requestTooLarge", "Request too large", {}};
}

Error internal(std::string_view detail) {
    return {"system.internalError", std::string("Internal error: ").append(detail), {}};
}

}  // namespace errors

std::optional<Error> decode_error(json::Value value) {
    if (!value.is_object()) {
        return std::nullopt;
    }
    Error error;
    if (!take_string(present_member(value, "code"), error.code) ||
        !take_string(present_member(value, "message"), error.message)) {
        return std::nullopt;
    }
    if (const auto data = present_member(value, "data")) {
        error.data = data->text;
    }
    return error;
}

void append_error(std::string& out, const Error& error) {
    out += R"({"code":)";
    json::append_string(out, error.code);
    out += R"(,"message":)";
    json::append_string(out, error.message);
    if (!error.data.empty()) {
        out += R"(,"data":)";
        out += error.data;
    }
    out += '}';
}

}  // namespace resgate::res
