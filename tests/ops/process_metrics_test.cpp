#include "ops/process_metrics.h"

#include <chrono>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace resgate::ops {
namespace {

double seconds_since_1970() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// [OPS-74]
TEST(ProcessMetrics, AreThoseOfThisProcess) {
    const ProcessFigures figures = read_process_figures();
    ASSERT_TRUE(figures.resident_bytes && figures.open_descriptors && figures.start_seconds);
    EXPECT_GT(*figures.resident_bytes, 500'000U);
    EXPECT_LT(*figures.resident_bytes, 10'000'000'000U);
    // The system counts from its start in whole seconds.
    EXPECT_LT(*figures.start_seconds, seconds_since_1970() + 2);
    EXPECT_GT(*figures.start_seconds, seconds_since_1970() - 600);
}

// [OPS-74]
TEST(ProcessMetrics, CountAnotherOpenDescriptor) {
    const auto before = read_process_figures().open_descriptors;
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const auto after = read_process_figures().open_descriptors;
    close(descriptor);
    ASSERT_TRUE(before && after);
    EXPECT_EQ(*after, *before + 1);
}

// [OPS-74]
TEST(ProcessMetrics, AreWrittenAsFamilies) {
    OpenMetricsWriter writer{std::chrono::system_clock::time_point()};
    write_process_metrics(writer, {4096, 0.5, 7, 1795496687.5});
    const std::string text = writer.finish();
    EXPECT_THAT(text, testing::HasSubstr("# TYPE process_resident_memory_bytes gauge\n"));
    EXPECT_THAT(text, testing::HasSubstr("\nprocess_resident_memory_bytes 4096\n"));
    EXPECT_THAT(text, testing::HasSubstr("# TYPE process_cpu_seconds counter\n"));
    EXPECT_THAT(text, testing::HasSubstr("\nprocess_cpu_seconds_total 0.500\n"));
    EXPECT_THAT(text, testing::HasSubstr("\nprocess_open_fds 7\n"));
    EXPECT_THAT(text, testing::HasSubstr("\nprocess_start_time_seconds 1795496687.500\n"));
}

TEST(ProcessMetrics, LeaveOutWhatTheSystemDoesNotTell) {
    OpenMetricsWriter writer{std::chrono::system_clock::time_point()};
    write_process_metrics(writer, {std::nullopt, 0.5, std::nullopt, std::nullopt});
    EXPECT_EQ(writer.finish(),
              "# TYPE process_cpu_seconds counter\n"
              "# HELP process_cpu_seconds User and system CPU time in seconds.\n"
              "process_cpu_seconds_total 0.500\n# EOF\n");
}

}  // namespace
}  // namespace resgate::ops
