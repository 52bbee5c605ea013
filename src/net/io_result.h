#pragma once

#include <cstddef>
#include <cstdint>

namespace resgate::net {

/// How an attempt to read or write ended.
struct IoResult {
    enum class Status : std::uint8_t {
        done,         ///< `size` bytes were transferred
        would_block,  ///< nothing now; wait for readiness
        end,          ///< the peer has ended its stream
        failed,
    };

    Status status;
    std::size_t size = 0;
};

}  // namespace resgate::net
