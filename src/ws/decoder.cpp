#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "base/utf8.h"
#include "ws/codec.h"
#include "ws/inflate_stream.h"

// A frame that is whole in the caller's bytes is handed out in place. Everything else goes through
// `partial_`: the beginning of a header, a payload of which bytes are missing, or the message that
// fragments are gathered into. It is let go as soon as none of the three is under way.

namespace resgate::ws {

namespace {

constexpr std::size_t longest_header = 14;
constexpr std::size_t longest_control_payload = 125;

std::uint8_t byte_of(char c) {
    return static_cast<std::uint8_t>(c);
}

bool is_valid_close_code(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013) ||
           (code >= 3000 && code <= 4999);
}

Event failure(CloseCode code) {
    Event event;
    event.type = Event::Type::error;
    event.code = code;
    return event;
}

}  // namespace

struct Decoder::Header {
    bool fin = false;
    std::uint8_t rsv = 0;  ///< the three bits, RSV1 is 4
    std::uint8_t opcode = 0;
    bool masked = false;
    std::uint64_t length = 0;
    std::array<char, 4> mask{};

    bool control() const { return (opcode & 8U) != 0; }

    /// Length of the header that begins with `size` bytes at `bytes`, as far as can be told.
    static std::size_t size_of(const char* bytes, std::size_t size) {
        if (size < 2) {
            return 2;
        }
        const unsigned length = byte_of(bytes[1]) & 0x7fU;
        return 2U +
               (length == 127   ? 8U
                : length == 126 ? 2U
                                : 0U) +
               ((byte_of(bytes[1]) & 0x80U) != 0 ? 4U : 0U);
    }

    static Header parse(const char* bytes) {
        Header header;
        header.fin = (byte_of(bytes[0]) & 0x80U) != 0;
        header.rsv = (byte_of(bytes[0]) >> 4U) & 7U;
        header.opcode = byte_of(bytes[0]) & 15U;
        header.masked = (byte_of(bytes[1]) & 0x80U) != 0;
        header.length = byte_of(bytes[1]) & 0x7fU;
        const char* at = bytes + 2;
        if (header.length >= 126) {
            const unsigned length_bytes = header.length == 126 ? 2 : 8;
            header.length = 0;
            for (unsigned i = 0; i < length_bytes; ++i) {
                header.length = header.length << 8U | byte_of(*at++);
            }
        }
        if (header.masked) {
            std::copy_n(at, 4, header.mask.begin());
        }
        return header;
    }
};

struct Decoder::Partial {
    std::array<char, longest_header> header_bytes{};
    std::uint8_t header_size = 0;  ///< bytes of an incomplete header

    bool in_payload = false;
    Header frame;                 ///< the frame whose payload is under way
    std::uint64_t remaining = 0;  ///< of its payload

    bool fragmented = false;  ///< a message is under way, its next frame is a continuation
    bool text = false;
    bool compressed = false;
    Utf8Validator utf8;
    std::optional<InflatedSize> inflated_size;  ///< of a compressed message, where there is a limit
    std::string message;
    std::string control;
};

namespace {

/// Unmasks bytes of which the first is number `at` of its payload (RFC 6455, 5.3).
void unmask(std::span<char> bytes, const std::array<char, 4>& mask, std::uint64_t at) {
    std::array<char, 8> key{};
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = mask[(at + i) & 3U];
    }
    std::uint64_t wide_key = 0;
    std::memcpy(&wide_key, key.data(), sizeof wide_key);
    std::size_t i = 0;
    for (; i + sizeof wide_key <= bytes.size(); i += sizeof wide_key) {
        std::uint64_t word = 0;
        std::memcpy(&word, &bytes[i], sizeof word);
        word ^= wide_key;
        std::memcpy(&bytes[i], &word, sizeof word);
    }
    for (; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(byte_of(bytes[i]) ^ byte_of(key[i & 7U]));
    }
}

Event control_event(unsigned opcode, std::string_view payload) {
    Event event;
    event.payload = payload;
    if (opcode != 8) {
        event.type = opcode == 9 ? Event::Type::ping : Event::Type::pong;
        return event;
    }
    event.type = Event::Type::close;
    event.payload = {};
    if (payload.size() >= 2) {  // a single byte counts as empty ([WS-44])
        const unsigned code = byte_of(payload[0]) * 256U + byte_of(payload[1]);
        event.payload = payload.substr(2);
        if (!is_valid_close_code(code) || !is_utf8(event.payload)) {
            return failure(CloseCode::protocol_error);
        }
        event.code = static_cast<CloseCode>(code);
    }
    return event;
}

}  // namespace

Decoder::Decoder(std::size_t max_message_size, bool compression)
    : max_message_size_(max_message_size), compression_(compression) {}

Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

Decoder::Partial& Decoder::partial() {
    if (!partial_) {
        partial_ = std::make_unique<Partial>();
    }
    return *partial_;
}

Event Decoder::next(std::span<char>& bytes) {
    for (;;) {
        const Event event = step(bytes);
        if (event.type != Event::Type::none || bytes.empty()) {
            return event;
        }
    }
}

/// One frame, or as much of it as there is; `none` also after a fragment that is not the last.
Event Decoder::step(std::span<char>& bytes) {
    if (partial_ && partial_->in_payload) {
        return continue_payload(bytes);
    }
    if (partial_ && !partial_->fragmented && partial_->header_size == 0) {
        partial_.reset();
    }
    if (bytes.empty()) {
        return {};
    }
    if (!partial_ || partial_->header_size == 0) {
        const std::size_t size = Header::size_of(bytes.data(), bytes.size());
        if (size <= bytes.size()) {
            const Header header = Header::parse(bytes.data());
            bytes = bytes.subspan(size);
            return read_frame(header, bytes);
        }
    }
    Partial& part = partial();
    while (!bytes.empty()) {
        part.header_bytes[part.header_size++] = bytes.front();
        bytes = bytes.subspan(1);
        if (Header::size_of(part.header_bytes.data(), part.header_size) == part.header_size) {
            part.header_size = 0;
            return read_frame(Header::parse(part.header_bytes.data()), bytes);
        }
    }
    return {};
}

CloseCode Decoder::judge(const Header& header) const {
    const bool fragmented = partial_ && partial_->fragmented;
    const bool starts_message = header.opcode == 1 || header.opcode == 2;
    const unsigned allowed_rsv = compression_ && starts_message ? 4 : 0;
    bool good = header.masked && (header.rsv & ~allowed_rsv) == 0 && header.length >> 63U == 0;
    if (header.control()) {
        good =
            good && header.opcode <= 10 && header.fin && header.length <= longest_control_payload;
        return good ? CloseCode::none : CloseCode::protocol_error;
    }
    good = good && (fragmented ? header.opcode == 0 : starts_message);
    if (!good) {
        return CloseCode::protocol_error;
    }
    if (max_message_size_ == 0) {
        return CloseCode::none;
    }
    // Deflate makes incompressible data longer, by an eighth and a 64th when it is set up worst;
    // how long the text is, `inflated_size` finds out, or whoever inflates the message.
    const bool compressed = header.rsv != 0 || (fragmented && partial_->compressed);
    const std::uint64_t limit =
        max_message_size_ + (compressed ? max_message_size_ / 8 + max_message_size_ / 64 + 64 : 0);
    const std::uint64_t before = fragmented ? partial_->message.size() : 0;
    return before + header.length > limit ? CloseCode::message_too_big : CloseCode::none;
}

Event Decoder::read_frame(const Header& header, std::span<char>& bytes) {
    if (const CloseCode code = judge(header); code != CloseCode::none) {
        return failure(code);
    }
    const bool starts_message = !header.control() && header.opcode != 0;
    const bool whole = header.length <= bytes.size();
    if (whole && (header.control() || (starts_message && header.fin))) {
        const std::span<char> payload = bytes.first(static_cast<std::size_t>(header.length));
        bytes = bytes.subspan(payload.size());
        unmask(payload, header.mask, 0);
        const std::string_view view(payload.data(), payload.size());
        if (header.control()) {
            return control_event(header.opcode, view);
        }
        Event event;
        event.type = Event::Type::message;
        event.text = header.opcode == 1;
        event.compressed = header.rsv != 0;
        event.payload = view;
        if (event.text && !event.compressed && !is_utf8(view)) {
            return failure(CloseCode::invalid_text);
        }
        return event;
    }
    Partial& part = partial();
    if (header.control()) {
        part.control.clear();
    } else if (starts_message) {
        part.text = header.opcode == 1;
        part.compressed = header.rsv != 0;
        part.utf8.reset();
        part.message.clear();
        part.inflated_size.reset();
        if (part.compressed && max_message_size_ != 0) {
            part.inflated_size.emplace(max_message_size_);
        }
    }
    part.frame = header;
    part.remaining = header.length;
    part.in_payload = true;
    return continue_payload(bytes);
}

Event Decoder::continue_payload(std::span<char>& bytes) {
    Partial& part = *partial_;
    const bool control = part.frame.control();
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(part.remaining, bytes.size()));
    const std::span<char> piece = bytes.first(size);
    bytes = bytes.subspan(size);
    unmask(piece, part.frame.mask, part.frame.length - part.remaining);
    part.remaining -= size;
    const std::string_view view(piece.data(), piece.size());
    (control ? part.control : part.message).append(view);
    if (!control && part.text && !part.compressed && !part.utf8.feed(view)) {
        return failure(CloseCode::invalid_text);
    }
    if (!control && part.inflated_size && part.inflated_size->exceeds(part.message)) {
        return failure(CloseCode::message_too_big);
    }
    return part.remaining == 0 ? finish_frame() : Event{};
}

Event Decoder::finish_frame() {
    Partial& part = *partial_;
    part.in_payload = false;
    if (part.frame.control()) {
        return control_event(part.frame.opcode, part.control);
    }
    part.fragmented = !part.frame.fin;
    if (part.fragmented) {
        return {};
    }
    if (part.text && !part.compressed && !part.utf8.complete()) {
        return failure(CloseCode::invalid_text);
    }
    part.inflated_size.reset();
    Event event;
    event.type = Event::Type::message;
    event.text = part.text;
    event.compressed = part.compressed;
    event.payload = part.message;
    return event;
}

}  // namespace resgate::ws
