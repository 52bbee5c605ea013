#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace resgate {

/// Immutable bytes that are ready for the wire, shared by everybody who has to send them.
///
/// A frame is a payload (one JSON text, say) with the transport's header in front of it. It may be
/// used from any thread; the last owner frees it.
class Frame : public boost::intrusive_ref_counter<Frame, boost::thread_safe_counter> {
  public:
    /// Header and payload, as they are written to the socket.
    std::string_view wire() const { return std::string_view(bytes_).substr(begin_); }

    /// The payload alone.
    std::string_view payload() const { return std::string_view(bytes_).substr(payload_); }

  private:
    friend class FrameBuilder;

    Frame(std::string bytes, std::size_t begin, std::size_t payload)
        : bytes_(std::move(bytes)), begin_(begin), payload_(payload) {}

    std::string bytes_;
    std::size_t begin_;
    std::size_t payload_;
};

using FramePtr = boost::intrusive_ptr<const Frame>;

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
    FramePtr finish(std::string_view header = {}) {
        const std::size_t begin = headroom - header.size();
        bytes_.replace(begin, header.size(), header);
        return FramePtr(new Frame(std::move(bytes_), begin, headroom));
    }

  private:
    std::string bytes_;
};

}  // namespace resgate
