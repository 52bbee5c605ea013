#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace resgate::simulation {

/// What happened in a run, to see that it was worth something.
struct Totals {
    std::uint64_t requests = 0;
    std::uint64_t messages = 0;
    std::uint64_t service_requests = 0;
};

/// A run of the core with random services, clients and interleavings. Throws a Violation if the
/// gateway broke a promise: on the way, or in the end, when all is quiet (views equal to the
/// services' state, no request unanswered) and when all clients have left (nothing remains).
/// `trace`: prints what happens to stderr.
Totals run(std::uint64_t seed, std::size_t steps, bool trace = false);

}  // namespace resgate::simulation
