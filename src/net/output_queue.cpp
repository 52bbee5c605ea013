#include "net/output_queue.h"

#include <algorithm>
#include <cassert>

namespace resgate::net {

namespace {

/// Room for so many frames is kept for the next turn when the queue runs empty.
constexpr std::size_t kept_capacity = 4;

}  // namespace

void OutputQueue::push(FramePtr frame) {
    bytes_ += frame->wire().size();
    frames_.push_back(std::move(frame));
}

std::size_t OutputQueue::gather(std::span<iovec> pieces) const {
    const std::size_t count = std::min(pieces.size(), frames_.size() - first_);
    for (std::size_t i = 0; i < count; ++i) {
        std::string_view rest = frames_[first_ + i]->wire();
        if (i == 0) {
            rest.remove_prefix(written_);
        }
        // The system only reads; `iovec` serves reading and writing and so has no const.
        pieces[i] = {const_cast<char*>(rest.data()), rest.size()};
    }
    return count;
}

void OutputQueue::consume(std::size_t size) {
    assert(size <= bytes_);
    bytes_ -= size;
    written_ += size;
    while (first_ < frames_.size() && written_ >= frames_[first_]->wire().size()) {
        written_ -= frames_[first_]->wire().size();
        frames_[first_].reset();
        ++first_;
    }
    if (first_ == frames_.size()) {
        clear();
    } else if (first_ >= 64 && first_ >= frames_.size() / 2) {
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void OutputQueue::drop_unstarted(std::size_t committed) {
    const std::size_t started = written_ + committed;
    std::size_t kept = first_;
    for (std::size_t size = 0; size < started; ++kept) {
        size += frames_[kept]->wire().size();
    }
    for (std::size_t i = kept; i < frames_.size(); ++i) {
        bytes_ -= frames_[i]->wire().size();
    }
    frames_.resize(kept);
    if (first_ == frames_.size()) {
        clear();
    }
}

void OutputQueue::clear() {
    frames_.clear();
    if (frames_.capacity() > kept_capacity) {
        frames_.shrink_to_fit();
    }
    first_ = written_ = bytes_ = 0;
}

}  // namespace resgate::net
