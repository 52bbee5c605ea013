#include "ops/config_file.h"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/config_text.h"
#include "ops/write_all.h"

namespace resgate::ops {
namespace {

/// Everything that can be read from a descriptor, or the error number.
Result<std::string, int> read_all(int descriptor) {
    std::string text;
    char chunk[4096];
    for (;;) {
        const ssize_t size = ::read(descriptor, chunk, sizeof chunk);
        if (size == 0) {
            return text;
        }
        if (size > 0) {
            text.append(chunk, static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            return errno;
        }
    }
}

std::string loading_error(std::string_view step, const std::string& path, int error) {
    return fmt::format("Error loading config file: {} {}: {}", step, path, std::strerror(error));
}

}  // namespace

Result<std::optional<Settings>, std::string> read_config_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT) {
            return std::optional<Settings>();
        }
        return loading_error("open", path, errno);
    }
    const auto text = read_all(descriptor);
    ::close(descriptor);
    if (!text) {
        return loading_error("read", path, text.error());
    }
    const auto settings = parse_config(*text);
    if (!settings) {
        return "Error parsing config file: " + settings.error();
    }
    return std::optional(*settings);
}

void create_config_file(const std::string& path, const Settings& settings) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0664);
    if (descriptor < 0) {
        return;
    }
    const bool complete = write_all(descriptor, format_config(settings));
    ::close(descriptor);
    if (!complete) {
        ::unlink(path.c_str());
    }
}

}  // namespace resgate::ops
