#include <string>
#include <vector>

#include "input.h"
#include "ops/command_line.h"
#include "ops/config_text.h"
#include "ops/settings.h"
#include "ops/validation.h"
#include "target.h"

// Whatever stands in a configuration file or on a command line is understood or refused, and what
// is understood survives being written to a file ([CONF-25], [CONF-26]).

namespace resgate::fuzz {
namespace {

/// What the rest of the program asks of settings that were found valid.
void use(const ops::Settings& settings) {
    require(!ops::listen_address(settings).empty(), "there is an address to listen on");
    require(ops::api_path(settings).ends_with('/'), "the path of the API ends in a slash");
    require(!ops::allowed_origins(settings).empty(), "some origin is allowed");
    for (const auto& method : {ops::header_auth(settings), ops::ws_header_auth(settings)}) {
        require(!method || (!method->rid.empty() && !method->method.empty()),
                "a method has a resource and a name");
    }
    require(ops::limits(settings).handshake_timeout.count() >= 0, "no time is negative");
}

void check(const ops::Settings& settings) {
    const std::string text = ops::format_config(settings);
    const auto again = ops::parse_config(text);
    require(static_cast<bool>(again), "what is written can be read");
    require(ops::format_config(*again) == text, "and means the same");
    if (!ops::validate(settings)) {
        use(settings);
    }
}

}  // namespace

// First byte: a file, or a command line with an argument on each line.
FUZZ_TARGET(configuration) {
    Input bytes(input);
    if (bytes.flip()) {
        if (const auto settings = ops::parse_config(bytes.rest())) {
            check(*settings);
        }
        return;
    }
    std::vector<std::string> lines;
    while (!bytes.empty()) {
        lines.emplace_back(bytes.line());
    }
    std::vector<const char*> arguments;
    for (const std::string& line : lines) {
        arguments.push_back(line.c_str());
    }
    if (const auto line = ops::CommandLine::parse(arguments)) {
        ops::Settings settings;
        line->apply(settings);
        check(settings);
    } else {
        require(!line.error().empty(), "a fault has a text");
    }
}

}  // namespace resgate::fuzz
