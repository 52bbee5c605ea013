#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "ops/histogram.h"

namespace resgate::ops {

/// Writes a document of the OpenMetrics text format 1.0 ([OPS-72]): families one after the other,
/// each with its samples. Names, help texts and label values must need no escaping; the gateway
/// chooses them all ([MTX-2]).
class OpenMetricsWriter {
  public:
    enum class Type : std::uint8_t { info, gauge, counter, histogram };

    /// `created`: since when counters and histograms count.
    explicit OpenMetricsWriter(std::chrono::system_clock::time_point created);

    /// Begins a family, whose name comes without the suffixes of its samples. Both texts live until
    /// the next family.
    void family(std::string_view name, Type type, std::string_view help);

    // Samples of the family begun last. `labels` as they stand between braces: `method="get"`.

    void info(std::string_view labels);
    void gauge(std::uint64_t value);
    void gauge(double value);
    void counter(std::string_view labels, std::uint64_t value);
    /// Without `_created`.
    void counter(double value);
    void histogram(std::string_view labels, const Histogram& histogram);

    /// The whole document, `# EOF` included. The writer must not be used afterwards.
    std::string finish();

  private:
    void sample(std::string_view suffix, std::string_view labels, std::string_view value);
    void created(std::string_view labels);

    const std::string created_;
    std::string_view name_;
    std::string out_;
};

}  // namespace resgate::ops
