#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace resgate {

/// Text that must not stay in memory: overwritten when it is no longer needed. Made once at its
/// full size, as a string that grows would leave copies behind.
class Secret {
  public:
    explicit Secret(std::size_t size) : text_(size, '\0') {}

    ~Secret() { wipe(); }

    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;

    char* data() { return text_.data(); }

    std::size_t size() const { return text_.size(); }

    std::string_view view() const { return text_; }

    /// `size` is at most the present one.
    void shrink(std::size_t size);

  private:
    void wipe();

    std::string text_;
};

/// The whole of a file. The failure reads `open <file>: no such file or directory`. Files of more
/// than `max_size` bytes are refused: nothing this is used for comes near.
Result<Secret, std::string> read_secret_file(const std::string& path);

/// In bytes.
inline constexpr std::size_t max_secret_file_size = 1048576;

}  // namespace resgate
