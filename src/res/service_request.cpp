#include "res/service_request.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"

namespace resgate::res {
namespace {

/// Appends `"name":` with a comma in front where the object needs one.
void append_name(std::string& out, std::string_view name) {
    if (!out.empty() && out.back() != '{') {
        out += ',';
    }
    out += '"';
    out += name;
    out += "\":";
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        append_name(out, name);
        json::append_string(out, text);
    }
}

/// The beginning of an object, with room for all of it in most cases.
void begin_payload(std::string& out, const Requester& requester, std::size_t size_of_more) {
    out.reserve(out.size() + room_for_payload(requester, size_of_more));
    out += '{';
}

/// What every request says of who asks. `out` holds the beginning of the object.
void append_requester(std::string& out, const Requester& requester, std::string_view query) {
    out += R"("token":)";
    out += requester.token.empty() ? "null" : requester.token;
    append_text(out, "query", query);
    out += R"(,"cid":")";  // letters and digits need no escapes
    out += requester.cid;
    out += '"';
    if (requester.is_http) {
        out += R"(,"isHttp":true)";
    }
}

void append_params(std::string& out, std::optional<std::string_view> params) {
    const std::string_view raw = params.value_or("null");
    out += R"("params":)";
    out += raw.empty() ? "null" : raw;
    out += ',';
}

void append_handshake(std::string& out, std::string_view handshake) {
    if (!handshake.empty()) {
        out += ',';
        out += handshake;
    }
}

std::string sanitized(std::string_view bytes) {
    std::string text(bytes);
    sanitize_utf8(text);
    return text;
}

bool is_left_out(std::string_view canonical) {
    return canonical == "Host" || canonical == "Transfer-Encoding" || canonical == "Trailer";
}

/// The header object's members: for each canonical name all its values in order of arrival.
std::string header_members(std::span<const HeaderLine> lines) {
    std::vector<std::pair<std::string, std::string_view>> named;
    for (const HeaderLine& line : lines) {
        std::string name = canonical_header_name(sanitized(line.name));
        if (!is_left_out(name)) {
            named.emplace_back(std::move(name), line.value);
        }
    }
    std::stable_sort(named.begin(), named.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string members;
    for (auto line = named.begin(); line != named.end();) {
        json::append_string(members += members.empty() ? "" : ",", line->first);
        members += ":[";
        const std::string& name = line->first;
        for (bool first = true; line != named.end() && line->first == name; ++line) {
            json::append_string(members += first ? "" : ",", sanitized(line->second));
            first = false;
        }
        members += ']';
    }
    return members;
}

}  // namespace

std::size_t room_for_payload(const Requester& requester, std::size_t size_of_more) {
    constexpr std::size_t names_and_punctuation = 80;
    return names_and_punctuation + requester.token.size() + requester.cid.size() + size_of_more;
}

std::string canonical_header_name(std::string_view name) {
    std::string canonical(name);
    bool upper = true;
    for (char& c : canonical) {
        const char lower = static_cast<char>(c | 0x20);
        if (lower >= 'a' && lower <= 'z') {
            c = upper ? static_cast<char>(lower ^ 0x20) : lower;
        }
        upper = c == '-';
    }
    return canonical;
}

std::string get_payload(std::string_view query) {
    std::string out = "{";
    append_text(out, "query", query);
    out += '}';
    return out;  // as a statement of its own, so that it is not copied
}

void append_access_payload(std::string& out, const Requester& requester, std::string_view query) {
    begin_payload(out, requester, query.size());
    append_requester(out, requester, query);
    out += '}';
}

void append_call_payload(std::string& out, const Requester& requester, std::string_view query,
                         std::optional<std::string_view> params) {
    begin_payload(out, requester, query.size() + params.value_or("").size());
    append_params(out, params);
    append_requester(out, requester, query);
    out += '}';
}

void append_auth_payload(std::string& out, const Requester& requester, std::string_view query,
                         std::optional<std::string_view> params, std::string_view handshake) {
    begin_payload(out, requester, query.size() + params.value_or("").size() + handshake.size());
    append_params(out, params);
    append_requester(out, requester, query);
    append_handshake(out, handshake);
    out += '}';
}

void append_auth_payload(std::string& out, const Requester& requester, NoParams,
                         std::string_view handshake) {
    begin_payload(out, requester, handshake.size());
    append_requester(out, requester, {});
    append_handshake(out, handshake);
    out += '}';
}

std::string handshake_members(std::string_view host, std::string_view remote_address,
                              std::string_view uri, std::span<const HeaderLine> lines) {
    std::string out;
    const std::string header = header_members(lines);
    if (!header.empty()) {
        append_name(out, "header");
        out += '{';
        out += header;
        out += '}';
    }
    append_text(out, "host", sanitized(host));
    append_text(out, "remoteAddr", sanitized(remote_address));
    append_text(out, "uri", sanitized(uri));
    return out;
}

}  // namespace resgate::res
