#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/frame.h"

namespace resgate {

/// Makes many the owners of a frame, one by one. Each time that is counted takes an atomic
/// operation, which all threads with owners compete for; so it is counted for several at once, for
/// more each time, and those that were too many are taken back at the end. One thread.
class FrameStock {
  public:
    /// The frame must be kept meanwhile.
    explicit FrameStock(const Frame& frame) : frame_(frame) {}

    FrameStock(FrameStock&& other) noexcept
        : frame_(other.frame_), counted_(std::exchange(other.counted_, 0)), next_(other.next_) {}

    FrameStock& operator=(FrameStock&&) = delete;

    ~FrameStock() {
        if (counted_ > 0) {
            frame_.give_back(counted_);
        }
    }

    FramePtr take() {
        if (counted_ == 0) {
            count();
        }
        --counted_;
        return FramePtr(&frame_, false);
    }

  private:
    static constexpr std::uint32_t most_at_once = 1024;

    void count() {
        frame_.lend(next_);
        counted_ = next_;
        next_ = std::min(2 * next_, most_at_once);
    }

    const Frame& frame_;
    std::uint32_t counted_ = 0;  ///< owners that are counted and not there yet
    std::uint32_t next_ = 1;
};

}  // namespace resgate
