#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ops/options.h"
#include "ops/settings.h"

namespace resgate::ops {

/// What the command line asks for. Options not given are absent.
class CommandLine {
  public:
    /// Parses the arguments after the program's name ([CONF-1] to [CONF-7]) and checks the ports
    /// ([CONF-11]). The failure is the line that describes the first error.
    static Result<CommandLine, std::string> parse(std::span<const char* const> arguments);

    bool help() const { return is_set("help"); }

    bool version() const { return is_set("version"); }

    /// Empty if none was named.
    std::string config_file() const;

    /// Overlays `settings` with the options given ([CONF-10], [CONF-30] to [CONF-35]).
    void apply(Settings& settings) const;

  private:
    using Value =
        std::variant<bool, std::uint64_t, std::int64_t, std::string, std::vector<std::string>>;

    /// Takes in an option written as `name`. The failure is the line to print.
    std::optional<std::string> take(const Option& option, std::string_view name,
                                    std::string_view text);
    std::optional<std::string> bad_port() const;
    bool is_set(std::string_view flag) const;
    static void overlay(Settings& settings, const Option& option, const Value& value);

    /// The last value of each option, all of them for a list.
    std::map<const Option*, Value> given_;
};

}  // namespace resgate::ops
