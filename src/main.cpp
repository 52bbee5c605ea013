#include <cstdio>
#include <iostream>
#include <span>

#include "base/system_random.h"
#include "gateway/gateway.h"
#include "ops/configuration.h"
#include "ops/logger.h"

int main(int argc, char** argv) {
    using namespace resgate;

    const std::span<const char* const> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
    const auto settings = ops::load_configuration(arguments, std::cout, std::cerr);
    if (!settings)
        return static_cast<int>(settings.error());

    ops::Logger logger(ops::LogLevels{settings->debug, settings->trace});
    gateway::Gateway gateway(*settings, logger, system_random);
    if (const auto failure = gateway.run()) {
        std::cerr << *failure << std::endl;
        return static_cast<int>(ops::ExitStatus::failure);
    }
    return 0;
}
