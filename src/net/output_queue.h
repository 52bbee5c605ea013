#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <boost/container/devector.hpp>
#include <sys/uio.h>

#include "base/frame.h"

namespace resgate::net {

/// Frames waiting to be written to one socket. Takes no block of memory for a single one, which is
/// what most turns leave.
class OutputQueue {
  public:
    void push(FramePtr&& frame) {
        bytes_ += frame->wire().size();
        if (!first_) {
            first_ = std::move(frame);
        } else {
            push_behind(std::move(frame));
        }
    }

    bool empty() const { return !first_; }

    /// Bytes not written yet.
    std::size_t bytes() const { return bytes_; }

    /// What waiting costs, where nobody else has the frames: a small one takes more memory than it
    /// has bytes ([LMT-13]).
    std::size_t footprint() const {
        return bytes_ + (static_cast<std::size_t>(!empty()) + others_.size()) * frame_overhead;
    }

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

    void push_behind(FramePtr&& frame);
    void take_next();

    FramePtr first_;           ///< null if there is none
    std::size_t written_ = 0;  ///< bytes of that frame that are written
    std::size_t bytes_ = 0;
    /// Those behind it; empty if there is none. Takes 24 bytes, with sizes of this type.
    boost::container::devector<
        FramePtr, void,
        boost::container::devector_options_t<boost::container::stored_size<std::uint32_t>>>
        others_;
};

}  // namespace resgate::net
