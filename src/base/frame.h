#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace resgate {

class Frame;
using FramePtr = boost::intrusive_ptr<const Frame>;

/// Immutable bytes that are ready for the wire, shared by everybody who has to send them.
///
/// A frame is a payload (one JSON text, say) with the transport's header in front of it, in a
/// single block of memory. It may be used from any thread; the last owner frees it.
///
/// The same message in other forms, compressed ones, hangs on it as a list that only grows: each is
/// made by whoever needs it first, and then found by everybody who has the frame.
class Frame {
  public:
    /// A frame of these texts, one behind the other; the first so many bytes are its header.
    static FramePtr of(std::initializer_list<std::string_view> texts, std::uint8_t header_size = 0,
                       std::uint8_t form = 0) {
        std::size_t size = 0;
        for (const std::string_view text : texts) {
            size += text.size();
        }
        const FramePtr frame(new (Room{size}) Frame(size, header_size, form));
        char* at = frame->bytes();
        for (const std::string_view text : texts) {
            at = std::copy(text.begin(), text.end(), at);
        }
        return frame;
    }

    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    ~Frame() {
        if (const Frame* const next = next_form_.load(std::memory_order_relaxed)) {
            next->give_back(1);
        }
    }

    /// Header and payload, as they are written to the socket.
    std::string_view wire() const { return {bytes(), size_}; }

    /// The payload alone.
    std::string_view payload() const { return wire().substr(header_size_); }

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

    /// Of the bytes, which stand behind the object.
    struct Room {
        std::size_t size;
    };

    static void* operator new(std::size_t size, Room room) {
        return ::operator new(size + room.size);
    }

    static void operator delete(void* block) { ::operator delete(block); }

    Frame(std::size_t size, std::uint8_t header_size, std::uint8_t form)
        : header_size_(header_size), form_(form), size_(size) {}

    char* bytes() const { return const_cast<char*>(reinterpret_cast<const char*>(this + 1)); }

    // A message on its way to thousands of clients is one of these, but so is every single reply:
    // the small members fill the gap behind the count of owners.
    mutable std::atomic<std::uint32_t> owners_ = 0;
    const std::uint8_t header_size_;
    const std::uint8_t form_;
    const std::size_t size_;
    mutable std::atomic<const Frame*> next_form_ = nullptr;  ///< owned
};

/// Collects a payload.
class FrameBuilder {
  public:
    explicit FrameBuilder(std::size_t payload_size_hint = 0) {
        payload_.reserve(payload_size_hint);
    }

    /// The string to append the payload to.
    std::string& text() { return payload_; }

    std::size_t payload_size() const { return payload_.size(); }

    /// `form`: see `Frame::form`.
    FramePtr finish(std::string_view header = {}, std::uint8_t form = 0) const {
        return Frame::of({header, payload_}, static_cast<std::uint8_t>(header.size()), form);
    }

  private:
    std::string payload_;
};

}  // namespace resgate
