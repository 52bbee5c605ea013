#include "ops/configuration.h"

#include <ostream>

#include <fmt/format.h>

#include "ops/command_line.h"
#include "ops/config_file.h"
#include "ops/options.h"
#include "ops/validation.h"
#include "ops/version.h"
#include "res/version.h"

namespace resgate::ops {
namespace {

/// The longest time-out that is taken for one in seconds ([CONF-38]).
constexpr std::int64_t largest_in_seconds = 10;

/// File, then command line, then creation of the file ([CONF-25], [CONF-30]).
Result<Settings, std::string> effective_settings(const CommandLine& line) {
    const std::string path = line.config_file();
    std::optional<Settings> from_file;
    if (!path.empty()) {
        auto read = read_config_file(path);
        if (!read) {
            return read.error();
        }
        from_file = *read;
    }
    Settings settings = from_file.value_or(Settings());
    line.apply(settings);
    if (!path.empty() && !from_file) {
        create_config_file(path, settings);
    }
    return settings;
}

/// [CONF-38]
void upgrade_timeout(Settings& settings, std::ostream& err) {
    const std::int64_t given = settings.request_timeout;
    if (given < 0 || given > largest_in_seconds) {
        return;
    }
    settings.request_timeout = given * 1000;
    err << fmt::format(
        "[DEPRECATED] Request timeout should be in milliseconds.\n"
        "Change your requestTimeout from {} to {}, and you won't be bothered anymore.\n",
        given, settings.request_timeout);
}

}  // namespace

Result<Settings, ExitStatus> load_configuration(std::span<const char* const> arguments,
                                                std::ostream& out, std::ostream& err) {
    const auto line = CommandLine::parse(arguments);
    if (!line) {
        err << fmt::format("{}\nTry '{} --help'.\n", line.error(), program_name);
        return ExitStatus::usage;
    }
    if (line->help()) {
        out << help_text();
        return ExitStatus::success;
    }
    if (line->version()) {
        out << fmt::format("{}  v{}\nprotocol v{}\n", program_name, program_version(),
                           res::latest_version_text);
        return ExitStatus::success;
    }
    auto settings = effective_settings(*line);
    if (!settings) {
        err << settings.error() << '\n';
        return ExitStatus::failure;
    }
    upgrade_timeout(*settings, err);
    if (const auto fault = validate(*settings)) {
        err << "Failed to initialize server: " << *fault << '\n';
        return ExitStatus::failure;
    }
    return *settings;
}

}  // namespace resgate::ops
