#include "ws/deflater.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <new>
#include <string_view>

#include <zlib.h>

#include "ws/codec.h"

namespace resgate::ws {

namespace {

/// Sizes of zlib are 32 bits wide. Nobody sends messages of that size; they would go uncompressed.
constexpr std::size_t longest = std::size_t{1} << 30U;

/// zlib does not refer to the last bytes of its window.
constexpr std::size_t unused_window = 262;

/// The end of each flushed message, which is not sent (RFC 7692, 7.2.1).
constexpr std::string_view tail("\x00\x00\xff\xff", 4);

}  // namespace

Deflater::Deflater() = default;
Deflater::~Deflater() = default;

void Deflater::EndStream::operator()(z_stream_s* stream) const {
    deflateEnd(stream);
    delete stream;
}

FramePtr Deflater::form_of(const FramePtr& frame, DeflateAgreement agreement) {
    const std::size_t size = frame->payload().size();
    if (size < shortest || size > longest) {
        return frame;
    }
    // What is not longer than the window cannot exceed it: all share the form of the largest one.
    const auto form = static_cast<std::uint8_t>(size <= std::size_t{1} << agreement.window_bits
                                                    ? largest_window_bits
                                                    : agreement.window_bits);
    FramePtr made;
    const Frame* at = frame.get();
    while (at->form() != form) {
        const Frame* next = at->next_form();
        if (next == nullptr) {
            if (!made) {
                made = compress(frame->payload(), form);
            }
            next = at->append_form(made);
        }
        at = next;
    }
    return at->wire().empty() ? frame : FramePtr(at);
}

/// An empty frame if it is not worth while, so that nobody tries again.
FramePtr Deflater::compress(std::string_view payload, unsigned window_bits) {
    const auto enough = static_cast<unsigned>(std::bit_width(payload.size() + unused_window - 1));
    // A window larger than the message, to make up for the unused part, is none to the receiver.
    z_stream& zlib = stream(std::clamp<unsigned>(enough, smallest_window_bits, window_bits));
    deflateReset(&zlib);
    // zlib only reads its input, though it takes no const.
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
    zlib.avail_in = static_cast<uInt>(payload.size());
    const std::size_t worth_while = payload.size() - payload.size() / 8;
    FrameBuilder builder;
    std::array<char, 16384> room;  // NOLINT(*-member-init): zlib writes before we read
    do {
        zlib.next_out = reinterpret_cast<Bytef*>(room.data());
        zlib.avail_out = room.size();
        deflate(&zlib, Z_SYNC_FLUSH);
        builder.text().append(room.data(), room.size() - zlib.avail_out);
        if (builder.payload_size() > worth_while + tail.size()) {
            return Frame::of({}, 0, static_cast<std::uint8_t>(window_bits));
        }
    } while (zlib.avail_out == 0);
    assert(builder.text().ends_with(tail));
    builder.text().resize(builder.text().size() - tail.size());
    return compressed_text_frame(std::move(builder), static_cast<std::uint8_t>(window_bits));
}

z_stream_s& Deflater::stream(unsigned window_bits) {
    auto& stream = streams_.at(window_bits - smallest_window_bits);
    if (!stream) {
        auto fresh = std::make_unique<z_stream>();
        // As many places in the hash table as bytes in the window. A better level than the fastest
        // takes two to four times as long for a fifth less (docs/decisions).
        if (deflateInit2(fresh.get(), Z_BEST_SPEED, Z_DEFLATED, -static_cast<int>(window_bits),
                         static_cast<int>(window_bits) - 7, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
        stream.reset(fresh.release());
    }
    return *stream;
}

}  // namespace resgate::ws
