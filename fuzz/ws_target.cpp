#include <span>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "input.h"
#include "target.h"
#include "ws/codec.h"
#include "ws/inflater.h"

// What a client's bytes mean does not depend on where they were split.

namespace resgate::fuzz {
namespace {

struct Observed {
    ws::Event::Type type;
    bool text;
    bool compressed;
    ws::CloseCode code;
    std::string payload;

    bool operator==(const Observed&) const = default;
};

/// What becomes of a compressed message that is longer than allowed, whoever notices it.
const Observed too_big{ws::Event::Type::error, false, false, ws::CloseCode::message_too_big, {}};

bool exceeds(std::string_view message, std::size_t limit) {
    static ws::Inflater inflater;
    const auto text = inflater.inflate(message, limit);
    return !text && text.error() == ws::CloseCode::message_too_big;
}

/// Feeds a piece; false after an error, when there may be no more calls.
bool feed(ws::Decoder& decoder, std::size_t limit, std::string_view piece,
          std::vector<Observed>& observed) {
    std::vector<char> copy(piece.begin(), piece.end());
    std::span<char> bytes(copy);
    for (;;) {
        const ws::Event event = decoder.next(bytes);
        if (event.type == ws::Event::Type::none) {
            require(bytes.empty(), "without an event all bytes are consumed");
            return true;
        }
        if (event.compressed && exceeds(event.payload, limit)) {
            observed.push_back(too_big);
            return false;
        }
        observed.push_back(
            {event.type, event.text, event.compressed, event.code, std::string(event.payload)});
        if (event.type == ws::Event::Type::error) {
            return false;
        }
        if (event.type == ws::Event::Type::message && event.text && !event.compressed) {
            require(is_utf8(event.payload), "a text message is UTF-8");
        }
    }
}

}  // namespace

// First byte: how the rest is split; then: compression, size limit.
FUZZ_TARGET(ws) {
    Input bytes(input);
    const std::size_t step = bytes.below(9);
    const bool compression = bytes.flip();
    const std::size_t limit = bytes.flip() ? 64 : 0;  // also of what is inflated
    const std::string_view stream = bytes.rest();

    std::vector<Observed> whole;
    ws::Decoder decoder(limit, compression);
    const bool good = feed(decoder, limit, stream, whole);

    std::vector<Observed> pieces;
    ws::Decoder piecewise(limit, compression);
    Input rest(stream);
    bool good_too = true;
    // 0: pieces of growing size.
    for (std::size_t size = step == 0 ? 1 : step; good_too && !rest.empty();
         size += step == 0 ? 1 : 0) {
        good_too = feed(piecewise, limit, rest.bytes(size), pieces);
    }

    require(good == good_too, "the same end");
    require(whole == pieces, "the same events");
    if (good) {
        require(decoder.idle() == piecewise.idle(), "the same memory");
    }
    for (const Observed& event : whole) {
        require(limit == 0 || event.compressed || event.payload.size() <= limit + 125,
                "the size limit holds");
    }
}

}  // namespace resgate::fuzz
