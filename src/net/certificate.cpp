#include "net/certificate.h"

#include <sys/stat.h>

namespace resgate::net {

namespace {

constexpr std::chrono::milliseconds look_interval{1000};

std::int64_t nanoseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

}  // namespace

Certificate::Certificate(std::string certificate_file, std::string key_file, Timers& timers,
                         Log& log)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      timers_(timers),
      log_(log) {}

Certificate::~Certificate() {
    stop();
}

std::optional<std::string> Certificate::load() {
    // Before reading: what changes meanwhile will be noticed.
    read_ = versions();
    auto made = TlsServerContext::load(certificate_file_, key_file_);
    if (!made) {
        return made.error();
    }
    current_ = std::move(*made);
    return std::nullopt;
}

void Certificate::watch(std::function<void()> replaced) {
    replaced_ = std::move(replaced);
    seen_ = read_;
    timer_ = timers_.start(look_interval, [this] { look(); });
}

void Certificate::stop() {
    timers_.cancel(timer_);
}

void Certificate::look() {
    timer_ = timers_.start(look_interval, [this] { look(); });
    const Versions now = versions();
    const bool at_rest = now == std::exchange(seen_, now);
    if (now == read_ || !at_rest) {
        return;
    }
    if (const auto failure = load()) {
        log_.error("Certificate not replaced, the old one stays in use: " + *failure);
        return;
    }
    log_.info("Certificate replaced: " + certificate_file_);
    replaced_();
}

Certificate::Version Certificate::version_of(const std::string& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        return {};
    }
    return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
            nanoseconds(status.st_ctim)};
}

Certificate::Versions Certificate::versions() const {
    return {version_of(certificate_file_), version_of(key_file_)};
}

}  // namespace resgate::net
