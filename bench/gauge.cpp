#include "bench/gauge.h"

#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <signal.h>
#include <unistd.h>

namespace resgate::bench {

namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The number behind `name` in a file of lines `name: number`; 0 if there is none.
std::uint64_t number_of(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(name);
    std::uint64_t number = 0;
    if (at == std::string_view::npos)
        return number;
    const std::size_t digits = text.find_first_of("0123456789", at + name.size());
    if (digits != std::string_view::npos)
        std::from_chars(text.data() + digits, text.data() + text.size(), number);
    return number;
}

}  // namespace

Usage operator-(const Usage& after, const Usage& before) {
    return {after.cpu_us - before.cpu_us, after.user_us - before.user_us,
            after.switches - before.switches};
}

Gauge::Gauge(pid_t pid) : pid_(pid) {
    if (clock_getcpuclockid(pid, &clock_) != 0)
        throw std::runtime_error("no process " + std::to_string(pid));
}

Usage Gauge::usage() const {
    timespec time{};
    if (clock_gettime(clock_, &time) != 0)
        throw std::runtime_error("the gateway has ended");
    Usage usage;
    // Exact to the nanosecond, which the times in /proc/<pid>/stat are not.
    usage.cpu_us = static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;

    const std::string directory = "/proc/" + std::to_string(pid_);
    const std::string stat = read_file(directory + "/stat");
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));
    std::string skipped;
    for (int i = 3; i < 14; ++i)
        fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    usage.user_us = user * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));

    for (const auto& task : std::filesystem::directory_iterator(directory + "/task"))
        usage.switches +=
            number_of(read_file(task.path() / "status"), "\nvoluntary_ctxt_switches:");
    return usage;
}

std::size_t Gauge::anonymous_bytes() const {
    return number_of(read_file("/proc/" + std::to_string(pid_) + "/status"), "RssAnon:") * 1024;
}

std::size_t Gauge::resident_bytes() const {
    return number_of(read_file("/proc/" + std::to_string(pid_) + "/status"), "VmRSS:") * 1024;
}

bool Gauge::is_alive() const {
    timespec time{};
    return kill(pid_, 0) == 0 && clock_gettime(clock_, &time) == 0;
}

}  // namespace resgate::bench
