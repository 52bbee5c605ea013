#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace resgate {

class Frame;
using FramePtr = boost::intrusive_ptr<const Frame>;

/// Immutable bytes that are ready for the wire, shared by everybody who has to send them.
///
/// A frame is a payload (one JSON text, say) with the transport's header in front of it. It may be
/// used from any thread; the last owner frees it.
///
/// The same message in other forms, compressed ones, hangs on it as a list that only grows: each is
/// made by whoever needs it first, and then found by everybody who has the frame.
class Frame {
  public:
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    ~Frame() {
        if (const Frame* const next = next_form_.load(std::memory_order_relaxed)) {
            next->give_back(1);
        }
    }

    /// Header and payload, as they are written to the socket.
    std::string_view wire() const { return std::string_view(bytes_).substr(begin_); }

    /// The payload alone.
    std::string_view payload() const { return std::string_view(bytes_).substr(payload_); }

    /// How many own it. By the time it is known it may have changed.
    std::uint32_t use_count() const { return owners_.load(std::memory_order_relaxed); }

    /// Which form this is: 0 for the message itself, else a number of the form's maker.
    std::uint8_t form() const { return form_; }

    /// The next form of the message, null after the last. Valid as long as the first is.
    const Frame* next_form() const { return next_form_.load(std::memory_order_acquire); }

    /// Puts a form behind this one, the last. Returns the one that is there now: the given one, or
    /// what another thread has put there meanwhile; `form` is null in the first case only.
    const Frame* append_form(FramePtr& form) const {
        const Frame* next = nullptr;
        if (next_form_.compare_exchange_strong(next, form.get(), std::memory_order_acq_rel)) {
            return form.detach();
        }
        return next;
    }

  private:
    friend class FrameBuilder;
    friend class FrameStock;

    friend void intrusive_ptr_add_ref(const Frame* frame) { frame->lend(1); }

    friend void intrusive_ptr_release(const Frame* frame) { frame->give_back(1); }

    /// So many owners more.
    void lend(std::uint32_t count) const { owners_.fetch_add(count, std::memory_order_relaxed); }

    /// So many owners less.
    void give_back(std::uint32_t count) const {
        if (owners_.fetch_sub(count, std::memory_order_acq_rel) == count) {
            delete this;
        }
    }

    Frame(std::string bytes, std::size_t begin, std::size_t payload, std::uint8_t form)
        : begin_(static_cast<std::uint8_t>(begin)),
          payload_(static_cast<std::uint8_t>(payload)),
          form_(form),
          bytes_(std::move(bytes)) {}

    // A message on its way to thousands of clients is one of these, but so is every single reply:
    // the small members fill the gap behind the count of owners.
    mutable std::atomic<std::uint32_t> owners_ = 0;
    std::uint8_t begin_;
    std::uint8_t payload_;
    std::uint8_t form_;
    std::string bytes_;
    mutable std::atomic<const Frame*> next_form_ = nullptr;  ///< owned
};

/// Collects a payload with room in front of it, so that a header can be added without copying.
class FrameBuilder {
  public:
    /// Room kept for the header: the longest header of an unmasked WebSocket frame (RFC 6455, 5.2).
    static constexpr std::size_t headroom = 10;

    explicit FrameBuilder(std::size_t payload_size_hint = 0) {
        bytes_.reserve(headroom + payload_size_hint);
        bytes_.resize(headroom);
    }

    /// The string to append the payload to. Its first `headroom` bytes belong to the builder.
    std::string& text() { return bytes_; }

    std::size_t payload_size() const { return bytes_.size() - headroom; }

    /// Ends building. `header` must not be longer than `headroom`; the builder is empty afterwards.
    /// `form`: see `Frame::form`.
    FramePtr finish(std::string_view header = {}, std::uint8_t form = 0) {
        const std::size_t begin = headroom - header.size();
        bytes_.replace(begin, header.size(), header);
        return FramePtr(new Frame(std::move(bytes_), begin, headroom, form));
    }

  private:
    std::string bytes_;
};

}  // namespace resgate
