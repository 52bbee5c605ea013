#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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
    std::array<char, length> text_{};
};

}  // namespace resgate::cache
