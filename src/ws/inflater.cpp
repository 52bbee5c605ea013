#include "ws/inflater.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <span>
#include <string>

#include <zlib.h>

// A message is inflated into a room of fixed size. Nearly all fit, and are handed out from there.
// Of one that does not, the rest is inflated over it again and again, only to learn its size: if
// that is within the limit, the message is inflated once more into memory of its exact size. So a
// message that is too big costs no memory at all, however little of it was sent.

namespace resgate::ws {

namespace {

/// The end of each flushed message, which was not sent (RFC 7692, 7.2.2).
constexpr std::string_view tail("\x00\x00\xff\xff", 4);

constexpr std::size_t room_size = 65536;
constexpr std::size_t largest_piece = std::size_t{1} << 30U;

/// Where there is no limit: sizes of zlib are 32 bits wide.
constexpr std::size_t largest_message = std::numeric_limits<uInt>::max();

// Bits of `z_stream::data_type` after a call.
constexpr int in_last_block = 64;
constexpr int between_blocks = 128;

}  // namespace

struct Inflater::State {
    State() {
        if (inflateInit2(&zlib, -MAX_WBITS) != Z_OK) {
            throw std::bad_alloc();
        }
    }

    ~State() { inflateEnd(&zlib); }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    Result<std::size_t, CloseCode> run(std::string_view message, std::span<char> target,
                                       std::size_t max_size);
    bool feed(std::string_view bytes, std::span<char> target, std::size_t max_size);

    z_stream zlib{};
    std::size_t written = 0;  ///< of the message under way
    bool ended = false;       ///< by a block that is marked as the last
    std::array<char, room_size> room{};
    std::string large;
};

/// Inflates a message into `target`, from its beginning again whenever it is full; returns the size
/// of the message.
Result<std::size_t, CloseCode> Inflater::State::run(std::string_view message,
                                                    std::span<char> target, std::size_t max_size) {
    inflateReset(&zlib);
    zlib.next_out = reinterpret_cast<Bytef*>(target.data());
    zlib.avail_out = static_cast<uInt>(target.size());
    written = 0;
    ended = false;
    bool good = true;
    while (good && !message.empty()) {
        const std::string_view piece = message.substr(0, largest_piece);
        message.remove_prefix(piece.size());
        good = feed(piece, target, max_size);
    }
    if (good && !ended) {
        good = feed(tail, target, max_size);
        // Nothing but whole blocks, or the message was cut off somewhere.
        const int state = zlib.data_type & (in_last_block | between_blocks);
        good = good && (ended || state == between_blocks);
    }
    if (written > max_size) {
        return CloseCode::message_too_big;
    }
    if (!good) {
        return CloseCode::protocol_error;
    }
    return written;
}

/// False if the bytes are no deflate data, or if `written` has exceeded `max_size`.
bool Inflater::State::feed(std::string_view bytes, std::span<char> target, std::size_t max_size) {
    // zlib only reads its input, though it takes no const.
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    zlib.avail_in = static_cast<uInt>(bytes.size());
    do {
        if (ended) {  // more blocks may follow the last one (RFC 7692, 7.2.3.5)
            ended = false;
            inflateReset(&zlib);
        }
        if (zlib.avail_out == 0) {
            zlib.next_out = reinterpret_cast<Bytef*>(target.data());
            zlib.avail_out = static_cast<uInt>(target.size());
        }
        const std::size_t before = zlib.avail_out;
        const int result = ::inflate(&zlib, Z_SYNC_FLUSH);
        written += before - zlib.avail_out;
        if (result == Z_MEM_ERROR) {
            throw std::bad_alloc();
        }
        ended = result == Z_STREAM_END;
        if (!ended && result != Z_OK && result != Z_BUF_ERROR) {
            return false;
        }
        if (written > max_size) {
            return false;
        }
    } while (zlib.avail_in != 0 || (zlib.avail_out == 0 && !ended));
    return true;
}

Inflater::Inflater() = default;
Inflater::~Inflater() = default;

Result<std::string_view, CloseCode> Inflater::inflate(std::string_view message,
                                                      std::size_t max_size) {
    if (!state_) {
        state_ = std::make_unique<State>();
    }
    State& state = *state_;
    std::string().swap(state.large);
    if (max_size == 0) {
        max_size = largest_message;
    }
    const auto size = state.run(message, state.room, max_size);
    if (!size) {
        return size.error();
    }
    if (*size <= state.room.size()) {
        return std::string_view(state.room.data(), *size);
    }
    state.large.resize(*size);
    // The same bytes give the same result.
    static_cast<void>(state.run(message, state.large, max_size));
    return std::string_view(state.large);
}

}  // namespace resgate::ws
