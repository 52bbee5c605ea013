#include "ops/open_metrics.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resgate::ops {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Type = OpenMetricsWriter::Type;

OpenMetricsWriter writer() {
    return OpenMetricsWriter(std::chrono::system_clock::time_point(1500ms));
}

// [OPS-72]
TEST(OpenMetrics, EndsAnEmptyDocument) {
    EXPECT_EQ(writer().finish(), "# EOF\n");
}

// [OPS-72], [OPS-73]
TEST(OpenMetrics, WritesTypeAndHelpBeforeTheSamplesOfAFamily) {
    OpenMetricsWriter document = writer();
    document.family("a", Type::info, "About a.");
    document.info(R"(version="1",protocol="2")");
    document.family("b", Type::gauge, "Some b.");
    document.gauge(std::uint64_t{12958736});
    EXPECT_EQ(document.finish(),
              "# TYPE a info\n"
              "# HELP a About a.\n"
              "a_info{version=\"1\",protocol=\"2\"} 1\n"
              "# TYPE b gauge\n"
              "# HELP b Some b.\n"
              "b 12958736\n"
              "# EOF\n");
}

// [OPS-72], [MTX-4]
TEST(OpenMetrics, FollowsEachCounterWithItsTimeOfCreation) {
    OpenMetricsWriter document = writer();
    document.family("c", Type::counter, "Some c.");
    document.counter("", 0);
    document.counter(R"(method="get")", 7);
    EXPECT_EQ(document.finish(),
              "# TYPE c counter\n"
              "# HELP c Some c.\n"
              "c_total 0\n"
              "c_created 1.500\n"
              "c_total{method=\"get\"} 7\n"
              "c_created{method=\"get\"} 1.500\n"
              "# EOF\n");
}

TEST(OpenMetrics, WritesSecondsWithoutTimeOfCreation) {
    OpenMetricsWriter document = writer();
    document.family("s", Type::counter, "Seconds.");
    document.counter(1.25);
    EXPECT_THAT(document.finish(), HasSubstr("\ns_total 1.250\n# EOF\n"));
}

// [MTX-1]: buckets are cumulative.
TEST(OpenMetrics, CountsInEachBucketWhatIsInTheOnesBelow) {
    Histogram histogram;
    histogram.observe(1ms);
    histogram.observe(2ms);
    histogram.observe(1min);
    OpenMetricsWriter document = writer();
    document.family("d", Type::histogram, "Some d.");
    document.histogram(R"(type="get")", histogram);
    const std::string text = document.finish();
    EXPECT_THAT(text, HasSubstr("d_bucket{type=\"get\",le=\"0.0005\"} 0\n"
                                "d_bucket{type=\"get\",le=\"0.001\"} 1\n"
                                "d_bucket{type=\"get\",le=\"0.0025\"} 2\n"
                                "d_bucket{type=\"get\",le=\"0.005\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("d_bucket{type=\"get\",le=\"10.0\"} 2\n"
                                "d_bucket{type=\"get\",le=\"+Inf\"} 3\n"
                                "d_count{type=\"get\"} 3\n"
                                "d_sum{type=\"get\"} 60.003000000\n"
                                "d_created{type=\"get\"} 1.500\n"));
}

TEST(Histogram, PutsADurationIntoTheRangeWhoseUpperBoundItDoesNotExceed) {
    for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
        Histogram histogram;
        histogram.observe(Histogram::bounds[i].upper);
        histogram.observe(Histogram::bounds[i].upper + 1ns);
        EXPECT_EQ(histogram.counts()[i], 1U);
        EXPECT_EQ(histogram.counts()[i + 1], 1U);
    }
}

// The names of the buckets are what they say.
TEST(Histogram, NamesItsBoundsInSeconds) {
    for (const Histogram::Bound& bound : Histogram::bounds) {
        EXPECT_DOUBLE_EQ(std::stod(std::string(bound.canonical)),
                         std::chrono::duration<double>(bound.upper).count());
    }
}

}  // namespace
}  // namespace resgate::ops
