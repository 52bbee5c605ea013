#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace resgate::fuzz {

/// Takes decisions and texts off the front of an input. At its end everything is 0 or empty.
class Input {
  public:
    explicit Input(std::string_view bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }

    std::uint8_t byte() {
        if (rest_.empty()) {
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }

    /// A number below `limit`, which is at most 256.
    std::size_t below(std::size_t limit) { return byte() % limit; }

    bool flip() { return (byte() & 1U) != 0; }

    std::string_view bytes(std::size_t size) {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    /// Up to the next line feed, which is dropped: a text that is easily written by hand.
    std::string_view line() {
        const std::string_view taken = rest_.substr(0, rest_.find('\n'));
        rest_.remove_prefix(std::min(rest_.size(), taken.size() + 1));
        return taken;
    }

    std::string_view rest() { return bytes(rest_.size()); }

  private:
    std::string_view rest_;
};

}  // namespace resgate::fuzz
