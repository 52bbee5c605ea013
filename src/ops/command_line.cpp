#include "ops/command_line.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "ops/integer_literal.h"
#include "ops/properties.h"

// Written by hand: the libraries at hand tell `-port` from `--port`, bundle `-DV`, refuse a value
// that begins with a dash, or go on after the first operand. None of that fits [CONF-1] to
// [CONF-4].

namespace resgate::ops {
namespace {

/// An argument that names an option, taken apart.
struct Written {
    std::string_view name;
    std::optional<std::string_view> value;  ///< what follows the first `=`
};

/// Whether this argument, and with it everything after it, is none of ours ([CONF-4]).
bool ends_options(std::string_view argument) {
    return argument.size() < 2 || argument.front() != '-' || argument == "--";
}

/// Nothing if it is bad syntax.
std::optional<Written> take_apart(std::string_view argument) {
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    if (argument.starts_with('-') || argument.starts_with('=')) {
        return std::nullopt;
    }
    const std::size_t equals = argument.find('=');
    if (equals == std::string_view::npos) {
        return Written{argument, std::nullopt};
    }
    return Written{argument.substr(0, equals), argument.substr(equals + 1)};
}

std::optional<bool> parse_boolean(std::string_view text) {
    for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
        if (text == yes) {
            return true;
        }
    }
    for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
        if (text == no) {
            return false;
        }
    }
    return std::nullopt;
}

std::string bad_number(std::string_view name, std::string_view text, IntegerFault fault) {
    return fmt::format("invalid value \"{}\" for flag -{}: {}", text, name,
                       fault == IntegerFault::range ? "value out of range" : "parse error");
}

/// The values of a list option that sets a single text ([CONF-34]).
std::string joined(const std::vector<std::string>& values) {
    return fmt::format("{}", fmt::join(values, ";"));
}

}  // namespace

Result<CommandLine, std::string> CommandLine::parse(std::span<const char* const> arguments) {
    CommandLine line;
    for (auto at = arguments.begin(); at != arguments.end() && !ends_options(*at); ++at) {
        const auto written = take_apart(*at);
        if (!written) {
            return fmt::format("bad flag syntax: {}", *at);
        }
        const Option* option = find_option(written->name);
        if (option == nullptr) {
            return fmt::format("flag provided but not defined: -{}", written->name);
        }
        std::string_view text = "true";
        if (written->value) {
            text = *written->value;
        } else if (option->kind != OptionKind::flag) {
            if (++at == arguments.end()) {
                return fmt::format("flag needs an argument: -{}", written->name);
            }
            text = *at;
        }
        if (auto fault = line.take(*option, written->name, text)) {
            return *std::move(fault);
        }
    }
    if (auto fault = line.bad_port()) {
        return *std::move(fault);
    }
    return line;
}

std::optional<std::string> CommandLine::take(const Option& option, std::string_view name,
                                             std::string_view text) {
    switch (option.kind) {
        case OptionKind::flag: {
            const auto value = parse_boolean(text);
            if (!value) {
                return fmt::format("invalid boolean value \"{}\" for -{}: parse error", text, name);
            }
            given_[&option] = *value;
            break;
        }
        case OptionKind::port: {
            const auto value = parse_unsigned(text);
            if (!value) {
                return bad_number(name, text, value.error());
            }
            given_[&option] = *value;
            break;
        }
        case OptionKind::number: {
            const auto value = parse_signed(text);
            if (!value) {
                return bad_number(name, text, value.error());
            }
            given_[&option] = *value;
            break;
        }
        case OptionKind::text:
            given_[&option] = std::string(text);
            break;
        case OptionKind::list: {
            Value& values = given_.try_emplace(&option, std::vector<std::string>()).first->second;
            std::get<std::vector<std::string>>(values).emplace_back(text);
            break;
        }
    }
    return std::nullopt;
}

std::optional<std::string> CommandLine::bad_port() const {
    for (const auto& [name, what] : {std::pair("port", "port"), {"metricsport", "metrics port"}}) {
        const auto found = given_.find(find_option(name));
        if (found == given_.end()) {
            continue;
        }
        const auto value = std::get<std::uint64_t>(found->second);
        if (value > std::numeric_limits<std::uint16_t>::max()) {
            return fmt::format("Invalid {} \"{}\": must be less than 65536", what, value);
        }
    }
    return std::nullopt;
}

bool CommandLine::is_set(std::string_view flag) const {
    const auto found = given_.find(find_option(flag));
    return found != given_.end() && std::get<bool>(found->second);
}

std::string CommandLine::config_file() const {
    const auto found = given_.find(find_option("config"));
    return found == given_.end() ? std::string() : std::get<std::string>(found->second);
}

void CommandLine::apply(Settings& settings) const {
    for (const auto& [option, value] : given_) {
        if (!option->property.empty()) {
            overlay(settings, *option, value);
        }
    }
    if (given_.contains(find_option("DV"))) {
        settings.debug = true;
        settings.trace = true;
    }
}

void CommandLine::overlay(Settings& settings, const Option& option, const Value& value) {
    const Property& target = property(option.property);
    const auto assign = [&]<typename Type>(const Type& assigned) {
        settings.*std::get<Type Settings::*>(target.member) = assigned;
        reset_if_zero(settings, target);
    };
    switch (option.kind) {
        case OptionKind::flag:
            assign(std::get<bool>(value));
            break;
        case OptionKind::port:
            if (const auto port = static_cast<std::uint16_t>(std::get<std::uint64_t>(value))) {
                assign(port);
            }
            break;
        case OptionKind::number:
            assign(std::get<std::int64_t>(value));
            break;
        case OptionKind::text: {
            const auto& text = std::get<std::string>(value);
            if (text.empty() && !option.keeps_empty) {
                reset(settings, target);
            } else if (std::holds_alternative<std::string Settings::*>(target.member)) {
                assign(text);
            } else {
                assign(std::optional(text));
            }
            break;
        }
        case OptionKind::list: {
            const auto& values = std::get<std::vector<std::string>>(value);
            if (std::holds_alternative<std::vector<std::string> Settings::*>(target.member)) {
                assign(values);
            } else {
                assign(std::optional(joined(values)));
            }
            break;
        }
    }
}

}  // namespace resgate::ops
