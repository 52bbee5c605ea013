#pragma once

#include <cstdint>
#include <optional>

#include "ops/open_metrics.h"

namespace resgate::ops {

/// What the operating system says about this process ([OPS-74]). Fields are missing where it does
/// not say, as when /proc is not mounted.
struct ProcessFigures {
    std::optional<std::uint64_t> resident_bytes;
    double cpu_seconds = 0;  ///< user and system
    std::optional<std::uint64_t> open_descriptors;
    std::optional<double> start_seconds;  ///< since 1970
};

ProcessFigures read_process_figures();

/// The `process_` families; those without a figure are left out.
void write_process_metrics(OpenMetricsWriter& writer, const ProcessFigures& figures);

}  // namespace resgate::ops
