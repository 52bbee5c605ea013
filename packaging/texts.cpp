// Writes the files of the package that repeat what the program knows: its default configuration
// file, the options in its manual page, and the completions of shells. Runs while the package is
// built.
//
//   resgate_texts config | man TEMPLATE | bash | zsh

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ops/config_text.h"
#include "ops/options.h"
#include "ops/version.h"

namespace {

using resgate::ops::Option;
using resgate::ops::OptionKind;

bool takes_file(const Option& option) {
    return option.placeholder == "<file>";
}

/// The values an option is restricted to, for a shell to offer; mostly none.
std::string_view values_of(const Option& option) {
    return option.property == "apiEncoding" ? "json jsonflat" : "";
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

/// The way options are written: `-p --port`.
std::string spellings(const Option& option, std::string_view between) {
    std::string all;
    if (!option.short_name.empty())
        all = fmt::format("-{}", option.short_name);
    if (!option.long_name.empty())
        all += fmt::format("{}--{}", all.empty() ? "" : between, option.long_name);
    return all;
}

std::string roff(std::string_view text) {
    return replace_all(replace_all(std::string(text), "\\", "\\e"), "-", "\\-");
}

/// One heading for each group, in the order of the help text.
void write_man_options(std::ostream& out) {
    constexpr std::pair<resgate::ops::OptionGroup, std::string_view> headings[] = {
        {resgate::ops::OptionGroup::server, "Server"},
        {resgate::ops::OptionGroup::security, "Security"},
        {resgate::ops::OptionGroup::limits, "Limits and tuning"},
        {resgate::ops::OptionGroup::logging, "Logging"},
        {resgate::ops::OptionGroup::common, "Common"},
    };
    for (const auto& [group, heading] : headings) {
        out << ".SS " << heading << '\n';
        for (const Option& option : resgate::ops::options()) {
            if (option.group != group)
                continue;
            out << ".TP\n\\fB" << replace_all(roff(spellings(option, ", ")), ", ", "\\fR, \\fB")
                << "\\fR";
            if (!option.placeholder.empty())
                out << " \\fI" << option.placeholder.substr(1, option.placeholder.size() - 2)
                    << "\\fR";
            out << '\n' << roff(option.description) << '\n';
        }
    }
}

/// Copies the template; `@VERSION@` is replaced, and a line `@OPTIONS@` by the options.
int write_man(const char* path, std::ostream& out) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line == "@OPTIONS@")
            write_man_options(out);
        else
            out << replace_all(line, "@VERSION@", resgate::ops::program_version()) << '\n';
    }
    return in.eof() ? 0 : 1;
}

/// All spellings of the options for which `wanted` holds.
std::string joined(std::string_view between, const std::function<bool(const Option&)>& wanted) {
    std::string all;
    for (const Option& option : resgate::ops::options()) {
        if (wanted(option))
            all += fmt::format("{}{}", all.empty() ? "" : between, spellings(option, between));
    }
    return all;
}

void write_bash(std::ostream& out) {
    out << R"(# bash completion of resgate

_resgate() {
    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
    # The shell takes --option=value for three words.
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $option in
)";
    out << "        " << joined(" | ", takes_file) << ")\n            compopt -o filenames\n"
        << "            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n            return\n     "
           "       ;;\n";
    for (const Option& option : resgate::ops::options()) {
        if (const auto values = values_of(option); !values.empty())
            out << "        " << spellings(option, " | ")
                << ")\n            mapfile -t COMPREPLY < <(compgen -W '" << values
                << "' -- \"$cur\")\n            return\n            ;;\n";
    }
    out << "        " << joined(" | ", [](const Option& option) {
        return option.kind != OptionKind::flag && !takes_file(option) && values_of(option).empty();
    });
    out << ")\n            return\n            ;;\n    esac\n    mapfile -t COMPREPLY < <(compgen "
           "-W '"
        << joined(" ", [](const Option&) { return true; })
        << "' -- \"$cur\")\n}\n\ncomplete -F _resgate resgate\n";
}

/// One argument of zsh's `_arguments`.
std::string zsh_argument(const Option& option) {
    const bool valued = option.kind != OptionKind::flag;
    std::string argument;
    if (option.kind == OptionKind::list)
        argument = "'*'";
    else if (!option.short_name.empty() && !option.long_name.empty())
        argument = fmt::format("'({})'", spellings(option, " "));
    const std::string_view equals = valued && !option.long_name.empty() ? "=" : "";
    if (!option.short_name.empty() && !option.long_name.empty())
        argument += fmt::format("{{{}{}}}", spellings(option, ","), equals);
    else
        argument += spellings(option, "") + std::string(equals);
    std::string text = replace_all(std::string(option.description), "[", "\\[");
    argument += fmt::format("'[{}]", replace_all(std::move(text), "]", "\\]"));
    if (valued) {
        argument +=
            fmt::format(":{}:", option.placeholder.substr(1, option.placeholder.size() - 2));
        if (takes_file(option))
            argument += "_files";
        else if (const auto values = values_of(option); !values.empty())
            argument += fmt::format("({})", values);
    }
    return argument + '\'';
}

void write_zsh(std::ostream& out) {
    out << "#compdef resgate\n\n_arguments";
    for (const Option& option : resgate::ops::options())
        out << " \\\n    " << zsh_argument(option);
    out << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view kind = argc > 1 ? argv[1] : "";
    if (kind == "config")
        std::cout << resgate::ops::format_config(resgate::ops::Settings());
    else if (kind == "man" && argc > 2)
        return write_man(argv[2], std::cout);
    else if (kind == "bash")
        write_bash(std::cout);
    else if (kind == "zsh")
        write_zsh(std::cout);
    else
        return 2;
    return 0;
}
