#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

#include "base/random.h"

namespace resgate::cache {

/// Which loop, counted from 0.
using LoopIndex = std::uint16_t;

/// A connection ID ([CID-1]): a text of fixed length, kept in place, as there are as many of them
/// as there are clients. It begins with the loop that has the session, so that nobody else needs to
/// remember where it is; 100 random bits follow.
class Cid {
  public:
    static constexpr std::size_t length = 22;
    static constexpr unsigned max_loops = 1024;

    /// A fresh one.
    static Cid make(LoopIndex loop, const Random& random);

    /// Nothing if the text has not the form of the IDs of this gateway.
    static std::optional<Cid> from(std::string_view text);

    std::string_view text() const { return {text_.data(), text_.size()}; }

    /// The loop its session is on, if this gateway made it.
    LoopIndex loop() const;

    bool operator==(const Cid&) const = default;

  private:
    friend struct std::hash<Cid>;

    std::array<char, length> text_{};
};

}  // namespace resgate::cache

/// Eight of the random symbols have 40 random bits: only to be spread.
template <>
struct std::hash<resgate::cache::Cid> {
    std::size_t operator()(const resgate::cache::Cid& cid) const noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, cid.text_.data() + resgate::cache::Cid::length - sizeof word,
                    sizeof word);
        return word * 0x9e3779b97f4a7c15U >> 24U;
    }
};
