#include "http/request.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace resgate::http {

namespace {

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// What stands before the texts of a line: a head is shorter than 4 GB.
struct Sizes {
    std::uint32_t name;
    std::uint32_t value;
};

Sizes sizes_at(const char* at) {
    Sizes sizes;  // NOLINT(*-member-init): read next
    std::memcpy(&sizes, at, sizeof sizes);
    return sizes;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return to_lower(x) == to_lower(y); });
}

const std::string* find_header(const Headers& headers, std::string_view name) {
    for (const Header& header : headers) {
        if (equal_ignoring_case(header.name, name)) {
            return &header.value;
        }
    }
    return nullptr;
}

void remove_headers(Headers& headers, std::string_view name) {
    std::erase_if(headers,
                  [&](const Header& header) { return equal_ignoring_case(header.name, name); });
}

bool is_header_name(std::string_view name) {
    constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
               symbols.find(c) != std::string_view::npos;
    });
}

HeaderLine HeaderLines::Iterator::operator*() const {
    const Sizes sizes = sizes_at(at_);
    const char* const name = at_ + sizeof sizes;
    return {{name, sizes.name}, {name + sizes.name, sizes.value}};
}

HeaderLines::Iterator& HeaderLines::Iterator::operator++() {
    const Sizes sizes = sizes_at(at_);
    at_ += sizeof sizes + sizes.name + sizes.value;
    return *this;
}

HeaderLines::HeaderLines(std::initializer_list<HeaderLine> lines) {
    for (const HeaderLine& line : lines) {
        add(line.name, line.value);
    }
}

void HeaderLines::add(std::string_view name, std::string_view value) {
    const Sizes sizes{static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())};
    std::array<char, sizeof sizes> bytes{};
    std::memcpy(bytes.data(), &sizes, sizeof sizes);
    texts_.append(bytes.data(), bytes.size()).append(name).append(value);
}

std::optional<std::string_view> HeaderLines::find(std::string_view name) const {
    for (const HeaderLine line : *this) {
        if (equal_ignoring_case(line.name, name)) {
            return line.value;
        }
    }
    return std::nullopt;
}

Method method_named(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, Method>, 8> methods{{
        {"GET", Method::get},
        {"HEAD", Method::head},
        {"POST", Method::post},
        {"PUT", Method::put},
        {"DELETE", Method::delete_},
        {"PATCH", Method::patch},
        {"OPTIONS", Method::options},
        {"CONNECT", Method::connect},
    }};
    for (const auto& [known, method] : methods) {
        if (known == name) {
            return method;
        }
    }
    return Method::other;
}

bool HeaderLines::has_token(std::string_view name, std::string_view token) const {
    for (const HeaderLine line : *this) {
        if (!equal_ignoring_case(line.name, name)) {
            continue;
        }
        std::string_view rest = line.value;
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            if (equal_ignoring_case(trim(rest.substr(0, comma)), token)) {
                return true;
            }
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
    }
    return false;
}

}  // namespace resgate::http
