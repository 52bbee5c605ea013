#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace resgate::test {

/// A frame as a client sends it, masked (RFC 6455, 5.2). `rsv` holds the three bits, RSV1 is 4.
inline std::string client_frame(unsigned opcode, std::string_view payload, bool fin = true,
                                unsigned rsv = 0) {
    constexpr std::string_view mask = "\x12\x34\x56\x78";
    std::string frame;
    frame.push_back(static_cast<char>((fin ? 0x80U : 0U) | rsv << 4U | opcode));
    if (payload.size() < 126) {
        frame.push_back(static_cast<char>(0x80U | payload.size()));
    } else {
        const unsigned length_bytes = payload.size() < 65536 ? 2 : 8;
        frame.push_back(static_cast<char>(0x80U | (length_bytes == 2 ? 126U : 127U)));
        for (unsigned i = length_bytes; i-- > 0;) {
            frame.push_back(static_cast<char>(payload.size() >> (8 * i)));
        }
    }
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
    }
    return frame;
}

}  // namespace resgate::test
