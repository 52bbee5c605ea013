#include "bench/load_options.h"

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace resgate::bench {

namespace {

[[noreturn]] void refuse(std::string_view word) {
    fmt::print(
        stderr,
        "load: what is '{}'? This program is run by bench/run; its arguments are\n"
        "load: ITEM --port P --nats-port P --pid PID [--clients N] [--resources N] [--held N]\n"
        "load: [--burst N] [--concurrency N] [--count N] [--idle-readers N] [--padding N]\n"
        "load: [--tls 0|1] [--rate N] [--seconds N] [-- COMMAND...]\n",
        word);
    std::exit(2);
}

}  // namespace

Options parse_options(int argc, char** argv) {
    Options options;
    if (argc < 2)
        refuse("");
    options.item = argv[1];
    for (int i = 2; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--") {
            options.command.assign(argv + i + 1, argv + argc);
            break;
        }
        if (i + 1 == argc)
            refuse(name);
        char* end = nullptr;
        const double value = std::strtod(argv[++i], &end);
        if (*end != '\0' || value < 0)
            refuse(argv[i]);
        const auto number = static_cast<std::size_t>(value);
        if (name == "--port")
            options.port = static_cast<std::uint16_t>(value);
        else if (name == "--nats-port")
            options.nats_port = static_cast<std::uint16_t>(value);
        else if (name == "--pid")
            options.pid = static_cast<pid_t>(value);
        else if (name == "--clients")
            options.clients = number;
        else if (name == "--resources")
            options.resources = number;
        else if (name == "--held")
            options.held = number;
        else if (name == "--burst")
            options.burst = number;
        else if (name == "--concurrency")
            options.concurrency = number;
        else if (name == "--count")
            options.count = number;
        else if (name == "--idle-readers")
            options.idle_readers = number;
        else if (name == "--padding")
            options.padding = number;
        else if (name == "--tls")
            options.tls = number != 0;
        else if (name == "--rate")
            options.rate = value;
        else if (name == "--seconds")
            options.seconds = value;
        else
            refuse(name);
    }
    return options;
}

}  // namespace resgate::bench
