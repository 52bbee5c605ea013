#include "scenario_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace resgate::test {

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

struct Table {
    std::vector<std::string> names;
    std::vector<std::vector<std::string>> rows;
};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The trimmed parts between separators.
std::vector<std::string> split(std::string_view text, std::string_view separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.emplace_back(trim(text.substr(0, end)));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + separator.size());
    }
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file)
        throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Puts in the variables, of which none may have a name that another's begins with.
std::string put_in(std::string text, const Variables& variables) {
    for (const auto& [name, value] : variables) {
        const std::string mark = "$" + name;
        for (auto at = text.find(mark); at != std::string::npos;
             at = text.find(mark, at + value.size())) {
            text.replace(at, mark.size(), value);
        }
    }
    return text;
}

std::vector<std::string> unroll(const std::vector<std::string>& lines) {
    std::vector<std::string> unrolled;
    for (auto line = lines.begin(); line != lines.end(); ++line) {
        if (!line->starts_with("loop ")) {
            unrolled.push_back(*line);
            continue;
        }
        const auto head = words(*line);
        const auto end = std::find(line, lines.end(), "end");
        if (head.size() != 4 || end == lines.end())
            throw std::runtime_error("bad loop: " + *line);
        for (int i = std::stoi(head[2]); i <= std::stoi(head[3]); ++i) {
            for (auto inner = line + 1; inner != end; ++inner)
                unrolled.push_back(put_in(*inner, {{head[1], std::to_string(i)}}));
        }
        line = end;
    }
    return unrolled;
}

void expand(const std::vector<Table>& tables, std::size_t depth, Variables& variables,
            const std::vector<std::string>& lines, std::vector<ScenarioRun>& runs) {
    if (depth < tables.size()) {
        for (const auto& row : tables[depth].rows) {
            for (std::size_t i = 0; i < row.size(); ++i)
                variables.emplace_back(tables[depth].names[i], row[i]);
            expand(tables, depth + 1, variables, lines, runs);
            variables.resize(variables.size() - row.size());
        }
        return;
    }
    ScenarioRun run;
    for (const auto& [name, value] : variables)
        run.row += (run.row.empty() ? "" : " | ") + value;
    for (const std::string& line : lines) {
        // Twice, as a cell may itself name a variable.
        for (std::string& step : split(put_in(put_in(line, variables), variables), ";;")) {
            if (!step.empty())
                run.steps.push_back(std::move(step));
        }
    }
    runs.push_back(std::move(run));
}

Scenario scenario_of(const std::vector<std::string>& lines) {
    Scenario scenario;
    scenario.title = lines.front().substr(2);
    scenario.id = words(scenario.title).at(0);
    std::vector<Table> tables;
    std::vector<std::string> body;
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
        if (line->starts_with("set ")) {
            const auto parts = words(*line);
            scenario.settings[parts.at(1)] = parts.at(2);
        } else if (line->starts_with("each ")) {
            auto names = words(*line);
            names.erase(names.begin());
            tables.push_back({std::move(names), {}});
        } else if (line->starts_with("|")) {
            auto cells = split(line->substr(1), " |");
            if (tables.empty() || cells.size() != tables.back().names.size())
                throw std::runtime_error(scenario.id + ": bad row: " + *line);
            tables.back().rows.push_back(std::move(cells));
        } else {
            body.push_back(*line);
        }
    }
    Variables none;
    expand(tables, 0, none, unroll(body), scenario.runs);
    return scenario;
}

}  // namespace

std::filesystem::path scenario_folder() {
    return std::filesystem::path(__FILE__).parent_path().parent_path() / "scenarios";
}

std::vector<Scenario> parse_scenarios(std::string_view text) {
    std::vector<Scenario> scenarios;
    std::vector<std::string> lines;
    const auto finish = [&] {
        if (!lines.empty())
            scenarios.push_back(scenario_of(lines));
        lines.clear();
    };
    for (std::string& line : split(text, "\n")) {
        if (line.empty() || line.starts_with("#"))
            continue;
        if (line.starts_with("= "))
            finish();
        else if (lines.empty())
            throw std::runtime_error("a step outside of a scenario: " + line);
        lines.push_back(std::move(line));
    }
    finish();
    return scenarios;
}

std::vector<Scenario> load_scenarios() {
    std::set<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(scenario_folder())) {
        if (file.path().extension() == ".scenario")
            files.insert(file.path());
    }
    std::vector<Scenario> all;
    for (const auto& file : files) {
        auto scenarios = parse_scenarios(read(file));
        std::move(scenarios.begin(), scenarios.end(), std::back_inserter(all));
    }
    return all;
}

const nlohmann::json& scenario_fixtures() {
    static const auto fixtures = nlohmann::json::parse(read(scenario_folder() / "fixtures.json"));
    return fixtures;
}

}  // namespace resgate::test
