#include "http/target.h"

#include <algorithm>
#include <array>

#include "http/request.h"

namespace resgate::http {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that the escape at `text[at]` stands for, or -1.
int escape_at(std::string_view text, std::size_t at) {
    if (text[at] != '%' || at + 2 >= text.size()) {
        return -1;
    }
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Length of `http://` or `https://` at the beginning, or 0.
std::size_t scheme_length(std::string_view target) {
    if (target.starts_with('/')) {
        return 0;
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            return scheme.size();
        }
    }
    return 0;
}

}  // namespace

Target split_target(std::string_view target) {
    Target result;
    if (target == "*") {
        result.path = target;
        result.asterisk = true;
        return result;
    }
    if (const std::size_t scheme = scheme_length(target); scheme != 0) {
        target.remove_prefix(scheme);
        const std::size_t end = std::min(target.find_first_of("/?"), target.size());
        result.authority = target.substr(0, end);
        target.remove_prefix(end);
        if (target.empty() || target.front() == '?') {
            // An empty path means the root (RFC 9110, 4.2.3).
            result.path = "/";
            result.query = target.empty() ? target : target.substr(1);
            return result;
        }
    }
    if (!target.starts_with('/')) {
        return result;  // what CONNECT names is no path
    }
    const std::size_t mark = target.find('?');
    result.path = target.substr(0, mark);
    if (mark != std::string_view::npos) {
        result.query = target.substr(mark + 1);
    }
    return result;
}

bool is_routable_target(std::string_view target) {
    return target.starts_with('/') || target == "*" || scheme_length(target) != 0;
}

bool is_host(std::string_view value) {
    static constexpr std::array<bool, 256> legal = [] {
        std::array<bool, 256> table{};
        for (const char c : std::string_view("!$%&'()*+,-.:;=[]_~0123456789"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "abcdefghijklmnopqrstuvwxyz")) {
            table[static_cast<unsigned char>(c)] = true;
        }
        return table;
    }();
    return std::all_of(value.begin(), value.end(),
                       [](char c) { return legal[static_cast<unsigned char>(c)]; });
}

bool has_valid_escapes(std::string_view path) {
    for (std::size_t at = path.find('%'); at != std::string_view::npos;
         at = path.find('%', at + 1)) {
        if (escape_at(path, at) < 0) {
            return false;
        }
    }
    return true;
}

std::string_view percent_decode(std::string_view text, std::string& room) {
    if (text.find('%') == std::string_view::npos) {
        return text;
    }
    room.clear();
    room.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (const int byte = escape_at(text, at); byte >= 0) {
            room.push_back(static_cast<char>(byte));
            at += 2;
        } else {
            room.push_back(text[at]);
        }
    }
    return room;
}

}  // namespace resgate::http
