#include "ops/origin_list.h"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace resgate::ops {
namespace {

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
           });
}

bool is_ipv6(std::string_view text) {
    in6_addr binary{};
    return text.find('\0') == std::string_view::npos &&
           inet_pton(AF_INET6, std::string(text).c_str(), &binary) == 1;
}

/// No blanks, and nothing that would begin another part of a URL.
bool is_host(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= ' ' || byte == 0x7f ||
               std::string_view("/?#@:[]\\").find(c) != std::string_view::npos;
    });
}

bool is_port(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// `<scheme>://<host>[:<port>]`
bool is_origin(std::string_view text) {
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos || !is_scheme(text.substr(0, scheme_end))) {
        return false;
    }
    text.remove_prefix(scheme_end + 3);

    std::string_view after_host;
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos || !is_ipv6(text.substr(1, bracket - 1))) {
            return false;
        }
        after_host = text.substr(bracket + 1);
    } else {
        const std::size_t host_end = std::min(text.find(':'), text.size());
        if (!is_host(text.substr(0, host_end))) {
            return false;
        }
        after_host = text.substr(host_end);
    }
    return after_host.empty() || (after_host.front() == ':' && is_port(after_host.substr(1)));
}

}  // namespace

std::string to_lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return lower;
}

std::vector<std::string> split_origins(std::string_view setting) {
    std::vector<std::string> entries;
    for (;;) {
        const std::size_t end = setting.find(';');
        entries.push_back(to_lower_ascii(setting.substr(0, end)));
        if (end == std::string_view::npos) {
            return entries;
        }
        setting.remove_prefix(end + 1);
    }
}

std::optional<std::string> fault_of_origins(const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
        if (entry.empty()) {
            return "origin must not be empty";
        }
        if (entry == "*") {
            if (entries.size() > 1) {
                return "'*' must not be used together with other origin settings";
            }
        } else if (!is_origin(entry)) {
            return fmt::format("'{}' doesn't match <scheme>://<hostname>[:<port>]", entry);
        }
    }
    return std::nullopt;
}

}  // namespace resgate::ops
