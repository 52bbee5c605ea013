#include "res/pattern.h"

#include <algorithm>

namespace resgate::res {
namespace {

/// Takes the part before the first dot off `text`; the last part leaves nothing behind.
std::string_view take_part(std::string_view& text) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
    return part;
}

bool is_valid_token(std::string_view token, bool is_last) {
    if (token == "*") {
        return true;
    }
    if (token == ">") {
        return is_last;
    }
    return !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
        return c >= 0x21 && c <= 0x7e && c != '?' && c != '*' && c != '>';
    });
}

}  // namespace

std::optional<Pattern> Pattern::parse(std::string_view text) {
    if (text.empty() || text.back() == '.') {
        return std::nullopt;
    }
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view token = take_part(rest);
        if (!is_valid_token(token, rest.empty())) {
            return std::nullopt;
        }
    }
    return Pattern(std::string(text));
}

bool Pattern::matches(std::string_view name) const {
    std::string_view tokens = text_;
    while (!tokens.empty() && !name.empty()) {
        const std::string_view token = take_part(tokens);
        if (token == ">") {
            return true;
        }
        const std::string_view part = take_part(name);
        if (token != "*" && token != part) {
            return false;
        }
    }
    return tokens.empty() && name.empty();
}

bool matches_any(const std::vector<Pattern>& patterns, std::string_view name) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const Pattern& pattern) { return pattern.matches(name); });
}

}  // namespace resgate::res
