#include <string>

#include "base/json.h"
#include "base/utf8.h"
#include "res/client_request.h"
#include "res/rid.h"
#include "res/service_request.h"
#include "target.h"

// A client's message, and the request to a service that is made of it ([CLI-2] to [CLI-6]).

namespace resgate::fuzz {
namespace {

void require_json(const std::string& text) {
    require(json::parse(text).has_value(), "requests to services are JSON");
}

}  // namespace

FUZZ_TARGET(client_request) {
    std::string message(input);
    sanitize_utf8(message);
    std::string storage;
    const auto request = res::parse_client_request(message, storage);
    if (!request) {
        return;
    }
    (void)res::parse_version_params(request->params);
    const auto count = res::parse_unsubscribe_params(request->params);
    require(!count || *count >= 1, "an unsubscribe counts at least 1 ([CUS-1])");
    const auto method = res::parse_method(request->method);
    if (!method || method->type == res::RequestType::version) {
        return;
    }
    require(res::is_valid_rid(method->rid), "the rid is valid ([CLI-6])");
    require(method->method.empty() || res::is_valid_method(method->method), "so is the method");

    const auto query = res::split_rid(method->rid).query;
    const res::Requester requester{"cid", R"({"user":1})"};
    std::optional<std::string_view> params;
    if (request->params) {
        params = request->params->text;
    }
    require_json(res::get_payload(query));
    std::string access;
    res::append_access_payload(access, requester, query);
    require_json(access);
    std::string call;
    res::append_call_payload(call, requester, query, params);
    require_json(call);
    // The message as the lines of a handshake, which need not be UTF-8.
    const res::HeaderLine line{input, input};
    const std::string members = res::handshake_members(input, input, input, {&line, 1});
    require_json('{' + members + '}');
    std::string auth;
    res::append_auth_payload(auth, requester, query, params, members);
    require_json(auth);
}

}  // namespace resgate::fuzz
