#include "ws/inflater.h"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "ws/inflate_stream.h"

// A message is inflated into a room of fixed size. Nearly all fit, and are handed out from there.
// Of one that does not, the rest is inflated over it again and again, only to learn its size: if
// that is within the limit, the message is inflated once more into memory of its exact size. So a
// message that is too big costs no memory at all, however little of it was sent.

namespace resgate::ws {

namespace {

constexpr std::size_t room_size = 65536;

/// Where there is no limit: sizes of zlib are 32 bits wide.
constexpr std::size_t largest_message = std::numeric_limits<std::uint32_t>::max();

}  // namespace

struct Inflater::State {
    Result<std::size_t, CloseCode> run(std::string_view message, std::span<char> target,
                                       std::size_t max_size);

    InflateStream stream;
    std::array<char, room_size> room{};
    std::string large;
};

/// Inflates a message into `target`, from its beginning again whenever it is full; returns the size
/// of the message.
Result<std::size_t, CloseCode> Inflater::State::run(std::string_view message,
                                                    std::span<char> target, std::size_t max_size) {
    stream.restart();
    stream.write_to(target);
    if (!stream.feed(message, max_size) || !stream.finish(max_size)) {
        return stream.fault(max_size);
    }
    return stream.written();
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
