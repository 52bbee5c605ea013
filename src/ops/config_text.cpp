#include "ops/config_text.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ops/origin_list.h"
#include "ops/properties.h"

namespace resgate::ops {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The properties of a file by their names in lower case; of duplicates the last ([CONF-21]).
using Given = std::map<std::string, json, std::less<>>;

/// A property of the wrong type.
struct Mismatch {
    std::string expected;
};

using Assigned = std::optional<Mismatch>;

Assigned assign(bool& to, const json& value) {
    if (!value.is_boolean()) {
        return Mismatch{"a boolean"};
    }
    to = value.get<bool>();
    return std::nullopt;
}

Assigned assign(std::int64_t& to, const json& value) {
    // Literals with fraction or exponent, and those that do not fit 64 bits, are floats to the
    // library; those that fit only without sign are told apart here ([JSN-7]).
    const bool fits = !value.is_number_unsigned() ||
                      value.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
    if (!value.is_number_integer() || !fits) {
        return Mismatch{"an integer"};
    }
    to = value.get<std::int64_t>();
    return std::nullopt;
}

Assigned assign(std::uint16_t& to, const json& value) {
    std::int64_t port = 0;
    if (assign(port, value) || port < 0 || port > std::numeric_limits<std::uint16_t>::max()) {
        return Mismatch{"an integer from 0 to 65535"};
    }
    to = static_cast<std::uint16_t>(port);
    return std::nullopt;
}

Assigned assign(std::string& to, const json& value) {
    if (!value.is_string()) {
        return Mismatch{"a string"};
    }
    to = value.get<std::string>();
    return std::nullopt;
}

Assigned assign(std::optional<std::string>& to, const json& value) {
    return assign(to.emplace(), value);
}

Assigned assign(std::vector<std::string>& to, const json& value) {
    const auto is_string = [](const json& element) { return element.is_string(); };
    if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_string)) {
        return Mismatch{"an array of strings"};
    }
    to = value.get<std::vector<std::string>>();
    return std::nullopt;
}

/// Sets one property if the file has it. The failure is the reason.
std::optional<std::string> apply(Settings& settings, const Property& property, const Given& given,
                                 std::string_view name) {
    const auto found = given.find(to_lower_ascii(name));
    if (found == given.end() || found->second.is_null()) {
        return std::nullopt;
    }
    return std::visit(
        [&](auto member) -> std::optional<std::string> {
            if (const Assigned mismatch = assign(settings.*member, found->second)) {
                return fmt::format("property {} must be {}", name, mismatch->expected);
            }
            reset_if_zero(settings, property);
            return std::nullopt;
        },
        property.member);
}

/// The library's message without the number of its exception, and without the text it read last,
/// which may hold a password ([NTX-2]).
std::string reason_of(const json::exception& exception) {
    std::string_view text = exception.what();
    const std::size_t number_end = text.find("] ");
    if (number_end != std::string_view::npos) {
        text.remove_prefix(number_end + 2);
    }
    return std::string(text.substr(0, text.find("; last read: ")));
}

/// The members of the one object in `text`. The library's own object would lose the order of names
/// that differ only in case, so members are collected while it parses.
Result<Given, std::string> parse_members(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) {  // skipped by the library
        return std::string("byte order mark");
    }
    if (text.find('\0') != std::string_view::npos) {  // the end of the text to the library
        return std::string("NUL byte");
    }
    Given given;
    std::string name;
    const auto collect = [&](int depth, json::parse_event_t event, json& value) {
        if (depth == 1 && event == json::parse_event_t::key) {
            name = to_lower_ascii(value.get_ref<const std::string&>());
        } else if (depth == 1 && event != json::parse_event_t::object_start &&
                   event != json::parse_event_t::array_start) {
            given[name] = value;
        }
        return true;
    };
    try {
        const json whole = json::parse(text, collect);
        if (!whole.is_object() && !whole.is_null()) {
            return std::string("not a JSON object");
        }
    } catch (const json::exception& exception) {
        return reason_of(exception);
    }
    return given;
}

}  // namespace

Result<Settings, std::string> parse_config(std::string_view text) {
    const auto given = parse_members(text);
    if (!given) {
        return given.error();
    }
    Settings settings;
    for (const Property& each : properties()) {
        if (auto failure = apply(settings, each, *given, each.name)) {
            return *std::move(failure);
        }
    }
    // [CONF-23]: the names in the reference's documentation are applied where its program's own
    // names are missing or empty.
    Settings documented;
    for (const auto& [name, alias] : {std::pair("certFile", "tlsCert"), {"keyFile", "tlsKey"}}) {
        if (auto failure = apply(documented, property(name), *given, alias)) {
            return *std::move(failure);
        }
    }
    if (settings.cert_file.empty()) {
        settings.cert_file = documented.cert_file;
    }
    if (settings.key_file.empty()) {
        settings.key_file = documented.key_file;
    }
    return settings;
}

std::string format_config(const Settings& settings) {
    ordered_json object = ordered_json::object();
    for (const Property& each : properties()) {
        ordered_json& value = object[std::string(each.name)];
        std::visit(
            [&](auto member) {
                using Type = std::remove_cvref_t<decltype(settings.*member)>;
                if constexpr (std::is_same_v<Type, std::optional<std::string>>) {
                    if (settings.*member) {
                        value = *(settings.*member);
                    }
                } else {
                    value = settings.*member;
                }
            },
            each.member);
    }
    return object.dump(1, '\t', false, ordered_json::error_handler_t::replace);
}

}  // namespace resgate::ops
