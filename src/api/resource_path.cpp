#include "api/resource_path.h"

#include <algorithm>

#include "base/utf8.h"
#include "http/target.h"
#include "res/rid.h"

namespace resgate::api {

namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The characters a generated path keeps as they are ([HTTP-30]).
bool stays_in_href(char c) {
    return is_alphanumeric(c) || std::string_view("-_.~$&+:=@").find(c) != std::string_view::npos;
}

/// The characters a path in canonical encoding keeps as they are ([HTTP-26]).
bool stays_in_canonical_path(char c) {
    return stays_in_href(c) || c == ',' || c == '/' || c == ';';
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
}

std::string canonical_path(std::string_view path) {
    std::string result;
    for (const char c : path) {
        if (stays_in_canonical_path(c))
            result += c;
        else
            append_escaped(result, c);
    }
    return result;
}

/// Path parts as the name of a resource, with the query behind it; nothing if it is no valid rid.
/// Bytes of the query that are not UTF-8 are replaced ([JSN-10]).
std::optional<std::string> join(std::string_view parts, std::string_view raw_query) {
    std::string rid;
    rid.reserve(parts.size() + raw_query.size() + 1);
    rid += parts;
    // Slashes become dots before, not after, the escapes are resolved: %2F is no separator.
    std::replace(rid.begin(), rid.end(), '/', '.');
    std::string decoded;
    http::percent_decode(rid, decoded);
    if (!decoded.empty())  // it had escapes
        rid.swap(decoded);
    if (!raw_query.empty()) {
        rid += '?';
        rid += raw_query;
    }
    const res::SplitRid split = res::split_rid(rid);
    if (!res::is_valid_name(split.name))
        return std::nullopt;
    if (!split.query.empty())
        sanitize_utf8(rid);
    return rid;
}

}  // namespace

std::string api_prefix(std::string_view api_path) {
    std::string prefix(api_path);
    if (!prefix.ends_with('/'))
        prefix += '/';
    return prefix;
}

ResourcePath::ResourcePath(std::string_view api_path)
    : prefix_(api_prefix(api_path)), canonical_prefix_(canonical_path(prefix_)) {}

bool ResourcePath::has_trailing_slash(std::string_view raw_path) const {
    return raw_path.size() > prefix_.size() && raw_path.ends_with('/');
}

std::optional<std::string_view> ResourcePath::rest(std::string_view raw_path) const {
    for (const std::string_view prefix :
         {std::string_view(prefix_), std::string_view(canonical_prefix_)}) {
        if (!raw_path.starts_with(prefix))
            continue;
        raw_path.remove_prefix(prefix.size());
        if (raw_path.find('.') != std::string_view::npos)  // [HTTP-22]
            return std::nullopt;
        if (raw_path.starts_with('/'))  // [HTTP-23]
            raw_path.remove_prefix(1);
        return raw_path;
    }
    return std::nullopt;
}

std::optional<std::string> ResourcePath::rid(std::string_view raw_path,
                                             std::string_view raw_query) const {
    const auto parts = rest(raw_path);
    return parts ? join(*parts, raw_query) : std::nullopt;
}

std::optional<CallPath> ResourcePath::call(std::string_view raw_path,
                                           std::string_view raw_query) const {
    const auto parts = rest(raw_path);
    if (!parts)
        return std::nullopt;
    const std::size_t slash = parts->rfind('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    auto rid = join(parts->substr(0, slash), raw_query);
    std::string room;
    const std::string_view method = http::percent_decode(parts->substr(slash + 1), room);
    if (!rid || !res::is_valid_method(method))
        return std::nullopt;
    return CallPath{std::move(*rid), std::string(method)};
}

void ResourcePath::append_href(std::string& out, std::string_view rid) const {
    if (rid.empty())
        return;
    out += prefix_;
    for (const char c : rid) {
        if (c == '.')
            out += '/';
        else if (stays_in_href(c))
            out += c;
        else
            append_escaped(out, c);
    }
}

}  // namespace resgate::api
