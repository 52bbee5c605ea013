// The scenarios of tests/scenarios on the core in memory (90.2).

#include <algorithm>
#include <cctype>
#include <ostream>

#include "scenario_runner.h"

namespace resgate::test {

void PrintTo(const Scenario& scenario, std::ostream* out) {
    *out << scenario.title;
}

namespace {

class Scenarios : public testing::TestWithParam<Scenario> {};

TEST_P(Scenarios, OnTheCore) {
    for (const ScenarioRun& run : GetParam().runs) {
        SCOPED_TRACE(GetParam().title + "\n" + run.row.substr(0, 300));
        ScenarioRunner(GetParam()).play(run);
        if (HasFailure())
            break;
    }
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, testing::ValuesIn(load_scenarios()), [](const auto& it) {
    std::string name = it.param.id + "_" + std::to_string(it.index);
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

TEST(ScenarioFile, MultipliesTablesAndUnrollsLoops) {
    const auto scenarios = parse_scenarios(
        "= A-1 title [X-1]\nset k v\neach a\n| 1\n| 2\neach b c\n| x | y\n| $a | \n"
        "# a remark\nloop i 1 2\n C> $a$b$i ;; $c\nend\n= A-2 t\nstep\n");
    ASSERT_EQ(scenarios.size(), 2U);
    EXPECT_EQ(scenarios[0].settings.at("k"), "v");
    ASSERT_EQ(scenarios[0].runs.size(), 4U);
    EXPECT_EQ(scenarios[0].runs[0].steps, (std::vector<std::string>{"C> 1x1", "y", "C> 1x2", "y"}));
    EXPECT_EQ(scenarios[0].runs[3].steps, (std::vector<std::string>{"C> 221", "C> 222"}));
    EXPECT_EQ(scenarios[1].runs.at(0).steps, std::vector<std::string>{"step"});
}

}  // namespace
}  // namespace resgate::test
