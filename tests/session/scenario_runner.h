#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenario_file.h"
#include "support/core.h"

namespace resgate::test {

/// Plays one run of a scenario on the core in memory. Deviations are failed expectations.
class ScenarioRunner {
  public:
    explicit ScenarioRunner(const Scenario& scenario);

    void play(const ScenarioRun& run);

  private:
    explicit ScenarioRunner(const Core::Options& options);

    /// What is left of a step while it is read.
    class Words;

    void perform(const std::string& step);
    void client_step(const std::string& name, std::string_view kind, Words& words);
    void service_step(std::string_view kind, Words& words);
    void given(Words& words);
    void barrier(TestClient& client, const std::string& rid);
    void throttled(Words& words);
    void finish();

    TestClient& client(const std::string& name);
    /// Compares the messages expected so far with those there are.
    void settle();
    /// Takes the messages that reached the services into `pool_`.
    void collect();
    ServiceCall take(const std::string& subject, const std::string& payload);
    ServiceCall take_open(const std::string& label);
    void reply(const ServiceCall& call, const std::string& reply);
    void let_time_out();
    std::string put_in(const std::string& step);

    Core core_;
    const std::chrono::milliseconds linger_;
    std::map<std::string, TestClient*, std::less<>> clients_;
    std::vector<ServiceCall> pool_;                                    ///< no step named them yet
    std::vector<std::pair<std::string, ServiceCall>> open_;            ///< by label
    std::vector<std::pair<TestClient*, std::vector<Json>>> expected_;  ///< in any order
    bool silence_ = false;  ///< a service lets requests time out
    std::size_t errors_ = 0;
    std::uint64_t barriers_ = 0;
};

}  // namespace resgate::test
