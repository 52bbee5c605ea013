#include "net/output_queue.h"

#include <algorithm>
#include <cassert>

namespace resgate::net {

namespace {

/// Room for so many frames behind the first, to begin with.
constexpr std::uint32_t first_room = 7;

}  // namespace

void OutputQueue::push_behind(FramePtr&& frame) {
    if (others_.capacity() == 0) {
        others_.reserve_back(first_room);
    }
    others_.push_back(std::move(frame));
}

std::size_t OutputQueue::gather(std::span<iovec> pieces) const {
    if (empty() || pieces.empty()) {
        return 0;
    }
    // The system only reads; `iovec` serves reading and writing and so has no const.
    const auto piece = [](std::string_view bytes) {
        return iovec{const_cast<char*>(bytes.data()), bytes.size()};
    };
    pieces[0] = piece(first_->wire().substr(written_));
    const std::size_t others = std::min<std::size_t>(pieces.size() - 1, others_.size());
    for (std::size_t i = 0; i < others; ++i) {
        pieces[i + 1] = piece(others_[static_cast<std::uint32_t>(i)]->wire());
    }
    return 1 + others;
}

void OutputQueue::consume(std::size_t size) {
    assert(size <= bytes_);
    bytes_ -= size;
    written_ += size;
    while (first_ && written_ >= first_->wire().size()) {
        written_ -= first_->wire().size();
        take_next();
    }
}

/// The first frame is done with.
void OutputQueue::take_next() {
    if (others_.empty()) {
        clear();
        return;
    }
    first_ = std::move(others_.front());
    others_.pop_front();
}

void OutputQueue::drop_unstarted(std::size_t committed) {
    const std::size_t started = written_ + committed;
    if (empty() || started == 0) {
        clear();
        return;
    }
    std::size_t size = first_->wire().size();
    std::uint32_t kept = 0;
    for (; size < started; ++kept) {
        size += others_[kept]->wire().size();
    }
    others_.erase(others_.begin() + kept, others_.end());
    bytes_ = size - written_;
}

void OutputQueue::clear() {
    first_.reset();
    if (others_.capacity() > 0) {
        others_ = {};
    }
    written_ = bytes_ = 0;
}

}  // namespace resgate::net
