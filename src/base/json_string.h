#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

/// The insides of JSON strings, for the scanner. Texts are what stands between the quotes of a
/// valid string.
namespace resgate::json {

/// The value of a hexadecimal digit, -1 if it is none.
int hex_digit(char c);

/// Whether the string written as `raw` has this content.
bool same_content(std::string_view raw, std::string_view content);

/// Whether two strings have the same content, however they are escaped.
bool same_string(std::string_view raw, std::string_view other_raw);

/// Behind the plain characters at `at`: at the first quote, backslash or control character, or at
/// the end.
inline const char* skip_plain(const char* at, const char* end) {
    constexpr auto each_byte = [](std::uint64_t byte) { return 0x0101010101010101U * byte; };
    while (end - at >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        // The usual zero-byte test on a word. A hit may be followed by false ones in the higher
        // bytes, so the lowest is right.
        const auto has_zero = [&](std::uint64_t w) { return (w - each_byte(1)) & ~w; };
        const std::uint64_t hits =
            (has_zero(word ^ each_byte('"')) | has_zero(word ^ each_byte('\\')) |
             ((word - each_byte(0x20)) & ~word)) &
            each_byte(0x80);
        if (hits != 0) {
            if constexpr (std::endian::native == std::endian::little) {
                return at + std::countr_zero(hits) / 8;
            }
            break;
        }
        at += 8;
    }
    while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) {
        ++at;
    }
    return at;
}

}  // namespace resgate::json
