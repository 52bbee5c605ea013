#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "ws/codec.h"

struct z_stream_s;  // NOLINT(readability-identifier-naming): that of zlib

namespace resgate::ws {

/// zlib at work on one compressed message after the other, each on its own, in pieces (RFC 7692).
/// Some 40 KB.
class InflateStream {
  public:
    InflateStream();

    /// A new message begins.
    void restart();

    /// Where the text is written from now on, from its beginning again whenever it is full; not
    /// empty, and valid during the next calls.
    void write_to(std::span<char> target);

    /// Takes the next bytes of the message. False if they are no deflate data, or once the text has
    /// more than `max_size` bytes; which of the two, `fault` tells. Then no more calls until
    /// `restart`.
    bool feed(std::string_view bytes, std::size_t max_size);

    /// The message ends here. False as above, or if it is not made of whole blocks.
    bool finish(std::size_t max_size);

    /// Bytes of text so far.
    std::size_t written() const { return written_; }

    /// After a failure.
    CloseCode fault(std::size_t max_size) const {
        return written_ > max_size ? CloseCode::message_too_big : CloseCode::protocol_error;
    }

  private:
    struct End {
        void operator()(z_stream_s* zlib) const;
    };

    std::unique_ptr<z_stream_s, End> zlib_;
    std::span<char> target_;
    std::size_t written_ = 0;  ///< of the message under way
    bool ended_ = false;       ///< by a block that is marked as the last
};

/// Follows a compressed message of which bytes are still missing, to learn in time that its text is
/// too long ([LMT-12]). Keeps none of it, and needs no memory before that is possible at all.
class InflatedSize {
  public:
    /// In bytes, not 0.
    explicit InflatedSize(std::size_t max_size) : max_size_(max_size) {}

    /// Whether the text is longer than allowed, as far as can be told from `message`, all bytes
    /// that have come so far. Of a message that is broken it never is.
    bool exceeds(std::string_view message);

  private:
    std::size_t max_size_;
    std::size_t seen_ = 0;
    bool broken_ = false;
    std::unique_ptr<InflateStream> stream_;
};

}  // namespace resgate::ws
