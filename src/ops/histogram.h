#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace resgate::ops {

/// How often durations fell into fixed ranges. Belongs to one thread; observing allocates nothing
/// ([MTX-3]).
class Histogram {
  public:
    using Duration = std::chrono::nanoseconds;

    struct Bound {
        Duration upper;              ///< included
        std::string_view canonical;  ///< in seconds, as OpenMetrics writes floats
    };

    /// From a service beside the gateway to one that asked for more time ([TMO-3]); 3 s is the
    /// default of `requestTimeout`.
    static constexpr std::array<Bound, 12> bounds{{
        {std::chrono::microseconds(500), "0.0005"},
        {std::chrono::milliseconds(1), "0.001"},
        {std::chrono::microseconds(2500), "0.0025"},
        {std::chrono::milliseconds(5), "0.005"},
        {std::chrono::milliseconds(10), "0.01"},
        {std::chrono::milliseconds(25), "0.025"},
        {std::chrono::milliseconds(50), "0.05"},
        {std::chrono::milliseconds(100), "0.1"},
        {std::chrono::milliseconds(250), "0.25"},
        {std::chrono::seconds(1), "1.0"},
        {std::chrono::seconds(3), "3.0"},
        {std::chrono::seconds(10), "10.0"},
    }};

    void observe(Duration duration) {
        const auto bucket = std::find_if(bounds.begin(), bounds.end(), [&](const Bound& bound) {
            return duration <= bound.upper;
        });
        ++counts_[static_cast<std::size_t>(bucket - bounds.begin())];
        sum_ += duration;
    }

    /// Observations in each range alone, not in those below; the last has no upper bound.
    const std::array<std::uint64_t, bounds.size() + 1>& counts() const { return counts_; }

    Duration sum() const { return sum_; }

  private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};
    Duration sum_{};
};

}  // namespace resgate::ops
