#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace resgate {

/// A text that never changes, in an object of the size of a pointer: for what there are many of.
/// Shorter than 4 GB.
class Text {
  public:
    Text() = default;

    explicit Text(std::string_view text) {
        if (text.empty())
            return;
        const auto size = static_cast<std::uint32_t>(text.size());
        block_ = std::make_unique_for_overwrite<char[]>(sizeof size + text.size());
        std::memcpy(block_.get(), &size, sizeof size);
        std::memcpy(block_.get() + sizeof size, text.data(), text.size());
    }

    std::string_view view() const {
        if (!block_)
            return {};
        std::uint32_t size = 0;
        std::memcpy(&size, block_.get(), sizeof size);
        return {block_.get() + sizeof size, size};
    }

  private:
    std::unique_ptr<char[]> block_;  ///< the size and the characters; null if there are none
};

}  // namespace resgate
