#include "base/secret.h"

#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace resgate {

namespace {

/// In the wording of [OPS-6], which begins in lower case.
std::string failure_text(std::string_view operation, const std::string& path, int error) {
    std::string text = std::generic_category().message(error);
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && text.substr(1, 1) != "/") {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    return std::string(operation).append(" ").append(path).append(": ").append(text);
}

/// Reads until `secret` is full or the file ends. The failure is an error number.
Result<std::size_t, int> read_into(int descriptor, Secret& secret) {
    std::size_t filled = 0;
    while (filled < secret.size()) {
        const ssize_t size = ::read(descriptor, secret.data() + filled, secret.size() - filled);
        if (size == 0) {
            break;
        }
        if (size > 0) {
            filled += static_cast<std::size_t>(size);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return filled;
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
    other.wipe();  // a short text is copied, not moved
}

Secret& Secret::operator=(Secret&& other) noexcept {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
    return *this;
}

void Secret::shrink(std::size_t size) {
    assert(size <= text_.size());
    explicit_bzero(text_.data() + size, text_.size() - size);
    text_.resize(size);
}

void Secret::wipe() {
    text_.resize(text_.capacity());
    explicit_bzero(text_.data(), text_.size());
    text_.clear();
}

Result<Secret, std::string> read_secret_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return failure_text("open", path, errno);
    }
    // One byte more than allowed shows that the file is too large.
    Secret secret(max_secret_file_size + 1);
    const auto size = read_into(descriptor, secret);
    ::close(descriptor);
    if (!size) {
        return failure_text("read", path, size.error());
    }
    if (*size > max_secret_file_size) {
        return failure_text("read", path, EFBIG);
    }
    secret.shrink(*size);
    return Result<Secret, std::string>(std::move(secret));
}

}  // namespace resgate
