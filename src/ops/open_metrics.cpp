#include "ops/open_metrics.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace resgate::ops {

namespace {

using Seconds = std::chrono::duration<double>;

std::string_view text(OpenMetricsWriter::Type type) {
    switch (type) {
        case OpenMetricsWriter::Type::info:
            return "info";
        case OpenMetricsWriter::Type::gauge:
            return "gauge";
        case OpenMetricsWriter::Type::counter:
            return "counter";
        case OpenMetricsWriter::Type::histogram:
            break;
    }
    return "histogram";
}

}  // namespace

OpenMetricsWriter::OpenMetricsWriter(std::chrono::system_clock::time_point created)
    : created_(fmt::format("{:.3f}", Seconds(created.time_since_epoch()).count())) {}

void OpenMetricsWriter::family(std::string_view name, Type type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(out_), "# TYPE {0} {1}\n# HELP {0} {2}\n", name, text(type),
                   help);
}

void OpenMetricsWriter::sample(std::string_view suffix, std::string_view labels,
                               std::string_view value) {
    out_.append(name_).append(suffix);
    if (!labels.empty())
        out_.append("{").append(labels).append("}");
    out_.append(" ").append(value).append("\n");
}

void OpenMetricsWriter::created(std::string_view labels) {
    sample("_created", labels, created_);
}

void OpenMetricsWriter::info(std::string_view labels) {
    sample("_info", labels, "1");
}

void OpenMetricsWriter::gauge(std::uint64_t value) {
    sample("", "", fmt::to_string(value));
}

void OpenMetricsWriter::gauge(double value) {
    sample("", "", fmt::format("{:.3f}", value));
}

void OpenMetricsWriter::counter(std::string_view labels, std::uint64_t value) {
    sample("_total", labels, fmt::to_string(value));
    created(labels);
}

void OpenMetricsWriter::counter(double value) {
    sample("_total", "", fmt::format("{:.3f}", value));
}

void OpenMetricsWriter::histogram(std::string_view labels, const Histogram& histogram) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
        count += histogram.counts()[i];
        const std::string_view upper =
            i < Histogram::bounds.size() ? Histogram::bounds[i].canonical : "+Inf";
        sample("_bucket", fmt::format("{},le=\"{}\"", labels, upper), fmt::to_string(count));
    }
    sample("_count", labels, fmt::to_string(count));
    sample("_sum", labels, fmt::format("{:.9f}", Seconds(histogram.sum()).count()));
    created(labels);
}

std::string OpenMetricsWriter::finish() {
    out_ += "# EOF\n";
    return std::move(out_);
}

}  // namespace resgate::ops
