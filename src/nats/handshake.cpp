#include "nats/handshake.h"

#include "base/json.h"

namespace resgate::nats {

namespace {

bool is_true(json::Value object, std::string_view name) {
    const auto value = json::find(object, name);
    return value && value->is_true();
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out.append(",\"").append(name).append("\":");
    json::append_string(out, value);
}

void append_if_used(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        append_member(out, name, value);
    }
}

}  // namespace

std::optional<ServerInfo> decode_server_info(std::string_view json) {
    const auto object = json::parse(json);
    if (!object || !object->is_object()) {
        return std::nullopt;
    }
    ServerInfo info;
    info.headers = is_true(*object, "headers");
    info.tls_required = is_true(*object, "tls_required");
    info.tls_available = is_true(*object, "tls_available");
    if (const auto nonce = json::find(*object, "nonce"); nonce && nonce->is_string()) {
        info.nonce = json::string_content(*nonce);
    }
    if (const auto member = json::find(*object, "max_payload")) {
        if (const auto bytes = json::to_uint64(*member); bytes != 0U) {
            info.max_payload = bytes;
        }
    }
    return info;
}

std::string connect_options(std::string_view client_name, std::string_view client_version,
                            const ServerInfo& server, const Credentials& credentials) {
    // Protocol 1: the server may send INFO again when its settings change.
    std::string out = R"({"verbose":false,"pedantic":false,"echo":true,"protocol":1,"lang":"C++")";
    append_member(out, "name", client_name);
    append_member(out, "version", client_version);
    if (server.headers) {
        out.append(R"(,"headers":true,"no_responders":true)");
    }
    append_if_used(out, "user", credentials.user);
    append_if_used(out, "pass", credentials.password);
    append_if_used(out, "auth_token", credentials.token);
    append_if_used(out, "jwt", credentials.jwt);
    append_if_used(out, "nkey", credentials.nkey);
    append_if_used(out, "sig", credentials.signature);
    return out.append("}");
}

}  // namespace resgate::nats
