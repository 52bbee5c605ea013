#pragma once

#include <span>
#include <string>
#include <string_view>

namespace resgate::ops {

/// What an option takes.
enum class OptionKind {
    flag,    ///< nothing, or a boolean after `=` ([CONF-3])
    text,    ///< a text
    list,    ///< a text; all that are given count ([CONF-6])
    port,    ///< an unsigned integer; 0 is ignored ([CONF-32])
    number,  ///< a signed integer
};

/// The groups of the help text, in its order.
enum class OptionGroup { server, security, limits, logging, common };

/// A command-line option ([CONF-1] to [CONF-6]).
struct Option {
    std::string_view short_name;  ///< empty if there is none
    std::string_view long_name;   ///< empty if there is none
    OptionKind kind;
    std::string_view property;     ///< what it sets; empty for those that concern no property
    std::string_view placeholder;  ///< of its value in the help text
    std::string_view description;
    OptionGroup group;
    bool keeps_empty = false;  ///< an empty text is a value, and not the default ([CONF-31])
};

/// All options in the order of the help text.
std::span<const Option> options();

/// The option with this short or long name, or null.
const Option* find_option(std::string_view name);

/// The text of `--help` ([CONF-15]).
std::string help_text();

}  // namespace resgate::ops
