#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/frame.h"

/// RFC 6455, the server's side. Sans I/O.
namespace resgate::ws {

enum class CloseCode : std::uint16_t {
    none = 0,  ///< an empty close frame
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    invalid_text = 1007,
    message_too_big = 1009,
    try_again_later = 1013,
};

/// Ends building a text message: puts the frame header in front of the payload.
FramePtr text_frame(FrameBuilder&& payload);

/// The same for a compressed payload ([WS-33]); `form` as of `Frame::form`.
FramePtr compressed_text_frame(FrameBuilder&& payload, std::uint8_t form);

FramePtr close_frame(CloseCode code);
FramePtr ping_frame();

/// `payload` has at most 125 bytes.
FramePtr pong_frame(std::string_view payload);

/// What a client's bytes mean.
struct Event {
    enum class Type : std::uint8_t {
        none,     ///< more bytes are needed
        message,  ///< a whole message, reassembled ([WS-41])
        ping,     ///< to be answered with a pong of the same payload ([WS-43])
        pong,
        close,  ///< to be answered with `code` ([WS-44])
        error,  ///< the client broke the protocol: close with `code` ([WS-42], [WS-45], [LMT-1])
    };

    Type type = Type::none;
    bool text = false;        ///< message: text, not binary; then well-formed UTF-8 ([DEC-5])
    bool compressed = false;  ///< message: still to be inflated, and only then checked for UTF-8
    CloseCode code = CloseCode::none;
    std::string_view payload{};  ///< valid until the next call; close: the reason
};

/// Takes a client's bytes apart. Owns memory only in the midst of a frame or a fragmented message.
/// While a compressed message is incomplete, it is refused as soon as its text is known to be too
/// long ([LMT-12]); of one that is whole at once, whoever inflates it judges.
class Decoder {
  public:
    /// `max_message_size` in bytes, 0 is no limit. `compression`: permessage-deflate was
    /// negotiated, so RSV1 has a meaning ([WS-30]).
    explicit Decoder(std::size_t max_message_size = 0, bool compression = false);
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;
    ~Decoder();

    /// The next event in `bytes`, which is shortened by what was consumed and unmasked in place. To
    /// be repeated until it is `none`; then all bytes are consumed. After `error` no more calls.
    Event next(std::span<char>& bytes);

    /// Whether it holds no part of a frame or message, and so no memory.
    bool idle() const { return partial_ == nullptr; }

  private:
    struct Header;
    struct Partial;

    Event step(std::span<char>& bytes);
    Event read_frame(const Header& header, std::span<char>& bytes);
    Event data_frame(const Header& header, std::span<char>& bytes);
    Event continue_payload(std::span<char>& bytes);
    Event finish_frame();
    CloseCode judge(const Header& header) const;
    Partial& partial();

    std::unique_ptr<Partial> partial_;
    std::size_t max_message_size_;
    bool compression_;
};

}  // namespace resgate::ws
