#include "res/client_request.h"

#include "res/rid.h"

namespace resgate::res {
namespace {

std::optional<RequestType> type_of(std::string_view word) {
    if (word == "subscribe") {
        return RequestType::subscribe;
    }
    if (word == "unsubscribe") {
        return RequestType::unsubscribe;
    }
    if (word == "get") {
        return RequestType::get;
    }
    if (word == "call") {
        return RequestType::call;
    }
    if (word == "auth") {
        return RequestType::auth;
    }
    if (word == "new") {
        return RequestType::new_;
    }
    return std::nullopt;
}

}  // namespace

std::optional<ClientRequest> parse_client_request(std::string_view message, std::string& storage) {
    std::optional<json::Value> id;
    std::optional<json::Value> method;
    ClientRequest request;
    json::ObjectReader members(message);
    for (json::Member member; members.next(member);) {
        if (member.key_is("id")) {
            id = member.value;
        } else if (member.key_is("method")) {
            method = member.value;
        } else if (member.key_is("params")) {
            request.params = member.value;
        }
    }
    if (!members.is_complete()) {
        return std::nullopt;
    }
    const auto number = id ? json::to_uint64(*id) : std::nullopt;
    if (!number) {
        return std::nullopt;
    }
    request.id = *number;
    if (method && !method->is_null()) {
        if (!method->is_string()) {
            return std::nullopt;
        }
        request.method = json::string_content(*method, storage);
    }
    return request;
}

Result<ParsedMethod> parse_method(std::string_view method) {
    const std::size_t dot = method.find('.');
    if (dot == std::string_view::npos) {
        if (method != "version") {
            return errors::invalid_request();
        }
        return ParsedMethod{};
    }
    const auto type = type_of(method.substr(0, dot));
    if (!type) {
        return errors::invalid_request();
    }
    ParsedMethod parsed{*type, method.substr(dot + 1), {}};
    if (type == RequestType::new_) {
        parsed.method = "new";  // [CNW-1]
    } else if (type == RequestType::call || type == RequestType::auth) {
        const std::size_t last = parsed.rid.rfind('.');
        if (last == std::string_view::npos) {
            return errors::invalid_request();
        }
        parsed.method = parsed.rid.substr(last + 1);
        parsed.rid = parsed.rid.substr(0, last);
        if (!is_valid_method(parsed.method)) {
            return errors::invalid_request();
        }
    }
    if (!is_valid_rid(parsed.rid)) {
        return errors::invalid_request();
    }
    return parsed;
}

Result<std::optional<ProtocolVersion>> parse_version_params(std::optional<json::Value> params) {
    using Outcome = Result<std::optional<ProtocolVersion>>;
    if (!params || params->is_null()) {
        return Outcome(std::nullopt);
    }
    if (!params->is_object()) {
        return errors::invalid_params();
    }
    const auto protocol = json::find(*params, "protocol");
    if (!protocol || protocol->is_null()) {
        return Outcome(std::nullopt);
    }
    if (!protocol->is_string()) {
        return errors::invalid_params();
    }
    const std::string text = json::string_content(*protocol);
    if (text.empty()) {
        return Outcome(std::nullopt);
    }
    const auto version = ProtocolVersion::parse(text);
    if (!version) {
        return version.error();
    }
    return Outcome(*version);
}

Result<std::int64_t> parse_unsubscribe_params(std::optional<json::Value> params) {
    if (!params || params->is_null()) {
        return std::int64_t{1};
    }
    if (!params->is_object()) {
        return errors::invalid_params();
    }
    const auto count = json::find(*params, "count");
    if (!count || count->is_null()) {
        return std::int64_t{1};
    }
    const auto number = json::to_int64(*count);
    if (!number || *number <= 0) {
        return errors::invalid_params();
    }
    return *number;
}

}  // namespace resgate::res
