#include "ws/inflate_stream.h"

#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

namespace resgate::ws {

namespace {

/// The end of each flushed message, which was not sent (RFC 7692, 7.2.2).
constexpr std::string_view tail("\x00\x00\xff\xff", 4);

/// Sizes of zlib are 32 bits wide.
constexpr std::size_t largest_piece = std::size_t{1} << 30U;

/// How often longer than itself the text of a message can be: two bits stand for 258 bytes at most.
constexpr std::size_t best_ratio = 1032;

// Bits of `z_stream::data_type` after a call.
constexpr int in_last_block = 64;
constexpr int between_blocks = 128;

}  // namespace

void InflateStream::End::operator()(z_stream_s* zlib) const {
    inflateEnd(zlib);
    delete zlib;
}

InflateStream::InflateStream() {
    auto zlib = std::make_unique<z_stream>();
    if (inflateInit2(zlib.get(), -MAX_WBITS) != Z_OK) {
        throw std::bad_alloc();
    }
    zlib_.reset(zlib.release());
}

void InflateStream::restart() {
    inflateReset(zlib_.get());
    written_ = 0;
    ended_ = false;
}

void InflateStream::write_to(std::span<char> target) {
    target_ = target;
    zlib_->next_out = reinterpret_cast<Bytef*>(target.data());
    zlib_->avail_out = static_cast<uInt>(target.size());
}

bool InflateStream::feed(std::string_view bytes, std::size_t max_size) {
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, largest_piece);
        bytes.remove_prefix(piece.size());
        // zlib only reads its input, though it takes no const.
        zlib_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
        zlib_->avail_in = static_cast<uInt>(piece.size());
        do {
            if (ended_) {  // more blocks may follow the last one (RFC 7692, 7.2.3.5)
                ended_ = false;
                inflateReset(zlib_.get());
            }
            if (zlib_->avail_out == 0) {
                write_to(target_);
            }
            const std::size_t before = zlib_->avail_out;
            const int result = ::inflate(zlib_.get(), Z_SYNC_FLUSH);
            written_ += before - zlib_->avail_out;
            if (result == Z_MEM_ERROR) {
                throw std::bad_alloc();
            }
            ended_ = result == Z_STREAM_END;
            if (!ended_ && result != Z_OK && result != Z_BUF_ERROR) {
                return false;
            }
            if (written_ > max_size) {
                return false;
            }
        } while (zlib_->avail_in != 0 || (zlib_->avail_out == 0 && !ended_));
    }
    return true;
}

bool InflateStream::finish(std::size_t max_size) {
    if (ended_) {
        return true;
    }
    if (!feed(tail, max_size)) {
        return false;
    }
    // Nothing but whole blocks, or the message was cut off somewhere.
    return ended_ || (zlib_->data_type & (in_last_block | between_blocks)) == between_blocks;
}

bool InflatedSize::exceeds(std::string_view message) {
    if (broken_ || message.size() <= max_size_ / best_ratio) {
        return false;
    }
    if (!stream_) {
        stream_ = std::make_unique<InflateStream>();
    }
    std::array<char, 8192> room{};
    stream_->write_to(room);
    const std::string_view further = message.substr(seen_);
    seen_ = message.size();
    if (stream_->feed(further, max_size_)) {
        return false;
    }
    broken_ = true;
    return stream_->fault(max_size_) == CloseCode::message_too_big;
}

}  // namespace resgate::ws
