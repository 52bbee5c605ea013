#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "simulation/run.h"

namespace {

using resgate::simulation::run;

bool fails(std::uint64_t seed, std::size_t steps) {
    try {
        run(seed, steps);
        return false;
    } catch (const std::exception&) {
        return true;
    }
}

/// A run of fewer steps begins like the longer one: the smallest number that still fails is sought
/// by halves, and what is found is short, if not the shortest.
std::size_t shortened(std::uint64_t seed, std::size_t steps) {
    std::size_t good = 0;
    while (good + 1 < steps) {
        const std::size_t middle = good + (steps - good) / 2;
        (fails(seed, middle) ? steps : good) = middle;
    }
    return steps;
}

}  // namespace

/// resgate_simulation [--seeds N] [--steps M] [--first-seed S] [--trace]
int main(int argc, char** argv) {
    std::uint64_t seeds = 100;
    std::uint64_t first = 1;
    std::size_t steps = 2000;
    bool trace = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view option = argv[i];
        if (option == "--trace") {
            trace = true;
            continue;
        }
        const std::uint64_t value = i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0;
        if (option == "--seeds") {
            seeds = value;
        } else if (option == "--steps") {
            steps = value;
        } else if (option == "--first-seed") {
            first = value;
        } else {
            std::fprintf(stderr, "unknown option %s\n", argv[i - 1]);
            return 2;
        }
    }
    resgate::simulation::Totals totals;
    std::uint64_t failures = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        try {
            const auto of_run = resgate::simulation::run(seed, steps, trace);
            totals.requests += of_run.requests;
            totals.messages += of_run.messages;
            totals.service_requests += of_run.service_requests;
        } catch (const std::exception& violation) {
            ++failures;
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), violation.what());
            if (!trace) {
                std::printf(
                    "  again: resgate_simulation --first-seed %llu --seeds 1 --steps %zu"
                    " --trace\n",
                    static_cast<unsigned long long>(seed), shortened(seed, steps));
            }
            std::fflush(stdout);
        }
    }
    std::printf(
        "%llu runs, %llu failed; %llu client requests, %llu messages, %llu service requests\n",
        static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(failures),
        static_cast<unsigned long long>(totals.requests),
        static_cast<unsigned long long>(totals.messages),
        static_cast<unsigned long long>(totals.service_requests));
    return failures == 0 ? 0 : 1;
}
