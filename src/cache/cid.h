#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace resgate::cache {

/// A connection ID ([CID-1]): a text of fixed length, kept in place, as there are as many of them
/// as there are clients.
class Cid {
  public:
    static constexpr std::size_t length = 20;

    /// Nothing if the text is not as long as the IDs of this gateway.
    static std::optional<Cid> from(std::string_view text) {
        if (text.size() != length)
            return std::nullopt;
        Cid cid;
        std::copy(text.begin(), text.end(), cid.text_.begin());
        return cid;
    }

    std::string_view text() const { return {text_.data(), text_.size()}; }

    bool operator==(const Cid&) const = default;

    struct Hash {
        std::size_t operator()(const Cid& cid) const {
            return std::hash<std::string_view>()(cid.text());
        }
    };

  private:
    std::array<char, length> text_{};
};

}  // namespace resgate::cache
