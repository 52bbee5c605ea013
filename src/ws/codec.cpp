#include "ws/codec.h"

#include <array>
#include <cassert>
#include <cstring>

namespace resgate::ws {

namespace {

constexpr unsigned fin_bit = 0x80;
constexpr unsigned rsv1_bit = 0x40;

/// Of an unmasked frame (RFC 6455, 5.2).
constexpr std::size_t longest_header = 10;

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10
};

FramePtr control_frame(Opcode opcode, std::string_view payload) {
    assert(payload.size() <= 125);
    const std::array<char, 2> header{static_cast<char>(fin_bit | static_cast<unsigned>(opcode)),
                                     static_cast<char>(payload.size())};
    return Frame::of({{header.data(), header.size()}, payload}, header.size());
}

FramePtr data_frame(FrameBuilder& payload, unsigned first_byte, std::uint8_t form) {
    std::array<char, longest_header> header{};
    header[0] = static_cast<char>(first_byte);
    const std::uint64_t size = payload.payload_size();
    unsigned length_bytes = 0;
    if (size < 126) {
        header[1] = static_cast<char>(size);
    } else {
        length_bytes = size < 65536 ? 2 : 8;
        header[1] = length_bytes == 2 ? 126 : 127;
        for (unsigned i = 0; i < length_bytes; ++i) {
            header[2 + i] = static_cast<char>(size >> (8 * (length_bytes - 1 - i)));
        }
    }
    return payload.finish({header.data(), 2 + length_bytes}, form);
}

}  // namespace

FramePtr text_frame(FrameBuilder&& payload) {
    return data_frame(payload, fin_bit | static_cast<unsigned>(Opcode::text), 0);
}

FramePtr compressed_text_frame(FrameBuilder&& payload, std::uint8_t form) {
    return data_frame(payload, fin_bit | rsv1_bit | static_cast<unsigned>(Opcode::text), form);
}

FramePtr close_frame(CloseCode code) {
    if (code == CloseCode::none) {
        return control_frame(Opcode::close, {});
    }
    const auto number = static_cast<unsigned>(code);
    const std::array<char, 2> payload{static_cast<char>(number >> 8U),
                                      static_cast<char>(number & 0xffU)};
    return control_frame(Opcode::close, {payload.data(), payload.size()});
}

FramePtr ping_frame() {
    return control_frame(Opcode::ping, {});
}

FramePtr pong_frame(std::string_view payload) {
    return control_frame(Opcode::pong, payload);
}

}  // namespace resgate::ws
