#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

/// The scenario files of tests/scenarios, which that folder's README describes.
namespace resgate::test {

/// One way through a scenario: loops unrolled, one row of each table put in.
struct ScenarioRun {
    std::string row;                 ///< the cells chosen, for messages
    std::vector<std::string> steps;  ///< without empty lines
};

struct Scenario {
    std::string id;     ///< as S-SUB-1
    std::string title;  ///< the whole title, with the rules
    std::map<std::string, std::string, std::less<>> settings;
    std::vector<ScenarioRun> runs;
};

/// The folder of the scenario files.
std::filesystem::path scenario_folder();

/// All scenarios in the order of the files' names; an ill-formed file is an exception.
std::vector<Scenario> load_scenarios();

/// The scenarios of one file's text.
std::vector<Scenario> parse_scenarios(std::string_view text);

/// The resources of fixtures.json: by name the result of a get request, or the error.
const nlohmann::json& scenario_fixtures();

}  // namespace resgate::test
