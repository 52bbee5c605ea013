#include <gtest/gtest.h>

#include "simulation/run.h"

namespace resgate::simulation {
namespace {

// A failing seed is looked into with `resgate_simulation --first-seed <seed> --seeds 1 --trace`.
TEST(Simulation, KeepsItsPromisesUnderRandomInterleavings) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        Totals totals;
        ASSERT_NO_THROW(totals = run(seed, 1500));
        EXPECT_GT(totals.messages, 0U);
    }
}

}  // namespace
}  // namespace resgate::simulation
