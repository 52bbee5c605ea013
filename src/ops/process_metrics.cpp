#include "ops/process_metrics.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace resgate::ops {

namespace {

std::optional<std::uint64_t> resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    if (!(file >> total >> resident))
        return std::nullopt;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<std::uint64_t> open_descriptors() {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
         it.increment(error))
        ++count;
    if (error || count == 0)
        return std::nullopt;
    return count - 1;  // the one that reads the directory
}

/// When the system was started, in seconds since 1970.
std::optional<double> boot_seconds() {
    std::ifstream file("/proc/stat");
    std::string word;
    double seconds = 0;
    while (file >> word) {
        if (word == "btime" && file >> seconds)
            return seconds;
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return std::nullopt;
}

std::optional<double> start_seconds() {
    const auto boot = boot_seconds();
    std::ifstream file("/proc/self/stat");
    std::string line;
    if (!boot || !std::getline(file, line))
        return std::nullopt;
    // Field 22. The second, the name in parentheses, can contain anything, blanks too.
    std::istringstream fields(line.substr(std::min(line.rfind(')'), line.size() - 1) + 1));
    std::string skipped;
    for (int field = 3; field < 22; ++field)
        fields >> skipped;
    double ticks = 0;
    if (!(fields >> ticks))
        return std::nullopt;
    return *boot + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ProcessFigures read_process_figures() {
    return {resident_bytes(), cpu_seconds(), open_descriptors(), start_seconds()};
}

void write_process_metrics(OpenMetricsWriter& writer, const ProcessFigures& figures) {
    using Type = OpenMetricsWriter::Type;
    if (figures.resident_bytes) {
        writer.family("process_resident_memory_bytes", Type::gauge, "Resident memory in bytes.");
        writer.gauge(*figures.resident_bytes);
    }
    writer.family("process_cpu_seconds", Type::counter, "User and system CPU time in seconds.");
    writer.counter(figures.cpu_seconds);
    if (figures.open_descriptors) {
        writer.family("process_open_fds", Type::gauge, "Open file descriptors.");
        writer.gauge(*figures.open_descriptors);
    }
    if (figures.start_seconds) {
        writer.family("process_start_time_seconds", Type::gauge,
                      "Start of the process, in seconds since 1970.");
        writer.gauge(*figures.start_seconds);
    }
}

}  // namespace resgate::ops
