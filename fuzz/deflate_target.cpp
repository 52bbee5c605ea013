#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <zlib.h>

#include "input.h"
#include "target.h"
#include "ws/codec.h"
#include "ws/deflater.h"
#include "ws/inflater.h"

// The inflater takes and gives what zlib does, driven in the simplest way, and keeps to its limit;
// what the deflater writes is understood by a receiver with the window agreed on.

namespace resgate::fuzz {
namespace {

/// Inflates bytes in one go; nothing if they are not whole blocks. `ended`: by a final block, with
/// that many bytes left over.
std::optional<std::string> reference(std::string_view bytes, int window_bits, bool& ended,
                                     std::size_t& left) {
    // In one call: a further one without input would forget that it stands between two blocks.
    for (std::size_t size = 4096;; size *= 4) {
        z_stream zlib{};
        inflateInit2(&zlib, -window_bits);
        zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        zlib.avail_in = static_cast<uInt>(bytes.size());
        std::string text(size, '\0');
        zlib.next_out = reinterpret_cast<Bytef*>(text.data());
        zlib.avail_out = static_cast<uInt>(size);
        const int result = inflate(&zlib, Z_NO_FLUSH);
        const bool full = zlib.avail_out == 0;
        text.resize(size - zlib.avail_out);
        ended = result == Z_STREAM_END;
        left = zlib.avail_in;
        const bool whole =
            ended || (result != Z_DATA_ERROR && left == 0 && (zlib.data_type & (64 + 128)) == 128);
        inflateEnd(&zlib);
        if (!full) {
            return whole ? std::optional(text) : std::nullopt;
        }
    }
}

/// The text of a message.
std::optional<std::string> reference(std::string_view message) {
    std::string bytes(message);
    bytes.append("\x00\x00\xff\xff", 4);
    std::string text;
    for (;;) {
        bool ended = false;
        std::size_t left = 0;
        const auto part = reference(bytes, 15, ended, left);
        if (!part) {
            return std::nullopt;
        }
        text += *part;
        bytes.erase(0, bytes.size() - left);
        if (!ended || left == 0 || left == 4) {  // at its end, also without the tail
            return text;
        }
    }
}

void check_inflater(std::string_view message, std::size_t limit) {
    static ws::Inflater inflater;  // in use for all connections, so its past must not matter
    const auto result = inflater.inflate(message, limit);
    const auto expected = reference(message);
    if (result) {
        require(expected && *result == *expected, "the text is that of zlib");
        require(limit == 0 || result->size() <= limit, "the size limit holds");
    } else if (result.error() == ws::CloseCode::protocol_error) {
        require(!expected, "what zlib takes is taken");
    } else {
        require(result.error() == ws::CloseCode::message_too_big && limit != 0,
                "there is a limit to exceed");
        require(!expected || expected->size() > limit, "what is refused is too big");
    }
}

void check_deflater(std::string_view text, unsigned window_bits) {
    static ws::Deflater deflater;
    FrameBuilder builder;
    builder.text() += text;
    const FramePtr frame = ws::text_frame(std::move(builder));
    const ws::DeflateAgreement agreement{static_cast<std::uint8_t>(window_bits)};
    const FramePtr form = deflater.form_of(frame, agreement);
    require(form == deflater.form_of(frame, agreement), "a form is made once");
    if (form == frame) {
        return;
    }
    require(form->payload().size() + form->payload().size() / 8 <= text.size() + 1,
            "it was worth while");
    std::string bytes(form->payload());
    bytes.append("\x00\x00\xff\xff", 4);
    bool ended = false;
    std::size_t left = 0;
    require(reference(bytes, static_cast<int>(window_bits), ended, left) == text,
            "the receiver gets the text");
    require(!ended, "no block is marked as the last");
}

}  // namespace

// First byte: what to check; then the limit or the window, and how often the rest is repeated.
FUZZ_TARGET(deflate) {
    Input bytes(input);
    const bool inflating = bytes.flip();
    const std::size_t number = bytes.byte();
    const std::size_t repeats = 1 + bytes.below(64);
    const std::string_view rest = bytes.rest();
    if (inflating) {
        check_inflater(rest, number * number * 4);
        return;
    }
    std::string text;
    for (std::size_t i = 0; i < repeats; ++i) {
        text += rest;
    }
    check_deflater(text, static_cast<unsigned>(9 + number % 7));
}

}  // namespace resgate::fuzz
