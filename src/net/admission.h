#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>

#include "base/limits.h"
#include "net/peer_address.h"

namespace resgate::net {

/// Counts the open client connections of all loops against [LMT-3] and [LMT-4]. Any thread.
class Admission {
  public:
    explicit Admission(const Limits& limits) : limits_(limits) {}

    /// Counts a connection in, or returns the name of the limit that forbids it.
    std::string_view admit(const PeerAddress& peer);

    /// Counts out a connection that was admitted.
    void release(const PeerAddress& peer);

    std::size_t open() const;

  private:
    const Limits& limits_;
    mutable std::mutex mutex_;  // taken twice a connection, never for a message
    std::size_t open_ = 0;
    std::map<std::array<std::uint8_t, 16>, std::size_t> per_address_;  ///< empty without [LMT-4]
};

}  // namespace resgate::net
