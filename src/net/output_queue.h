#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <sys/uio.h>

#include "base/frame.h"

namespace resgate::net {

/// Frames waiting to be written to one socket. Holds no memory worth mentioning when empty.
class OutputQueue {
  public:
    void push(FramePtr frame);

    bool empty() const { return frames_.empty(); }

    /// Bytes not written yet.
    std::size_t bytes() const { return bytes_; }

    /// What waiting costs, where nobody else has the frames: a small one takes more memory than it
    /// has bytes ([LMT-13]).
    std::size_t footprint() const { return bytes_ + (frames_.size() - first_) * frame_overhead; }

    /// Describes the first unwritten bytes; returns how many of `pieces` were used.
    std::size_t gather(std::span<iovec> pieces) const;

    /// `size` bytes have been written.
    void consume(std::size_t size);

    /// Forgets all frames but those of which a part has been written, or is among the next
    /// `committed` bytes.
    void drop_unstarted(std::size_t committed);

    void clear();

  private:
    static constexpr std::size_t frame_overhead = sizeof(Frame) + sizeof(FramePtr) + 16;

    std::vector<FramePtr> frames_;
    std::size_t first_ = 0;    ///< index of the first frame not written
    std::size_t written_ = 0;  ///< bytes of that frame that are written
    std::size_t bytes_ = 0;
};

}  // namespace resgate::net
