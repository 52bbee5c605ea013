#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <zlib.h>

/// zlib itself, one message at a time: the other end of a compressed connection (RFC 7692).
namespace resgate::test {

struct DeflateOptions {
    int level = 6;
    int window_bits = 15;
    int memory_level = 8;
    int strategy = Z_DEFAULT_STRATEGY;
    int flush = Z_SYNC_FLUSH;
};

/// The payload of a compressed message.
inline std::string deflated(std::string_view text, const DeflateOptions& options = {}) {
    z_stream zlib{};
    deflateInit2(&zlib, options.level, Z_DEFLATED, -options.window_bits, options.memory_level,
                 options.strategy);
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    zlib.avail_in = static_cast<uInt>(text.size());
    std::string bytes;
    std::array<char, 1000> room{};
    do {
        zlib.next_out = reinterpret_cast<Bytef*>(room.data());
        zlib.avail_out = static_cast<uInt>(room.size());
        deflate(&zlib, options.flush);
        bytes.append(room.data(), room.size() - zlib.avail_out);
    } while (zlib.avail_out == 0);
    deflateEnd(&zlib);
    if (options.flush == Z_SYNC_FLUSH) {
        bytes.resize(bytes.size() - 4);
    }
    return bytes;
}

/// The text of such a payload, for a receiver with a window of that size; nothing if it is broken.
inline std::optional<std::string> inflated(std::string_view payload, int window_bits = 15) {
    z_stream zlib{};
    inflateInit2(&zlib, -window_bits);
    const std::string bytes = std::string(payload).append("\x00\x00\xff\xff", 4);
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    zlib.avail_in = static_cast<uInt>(bytes.size());
    std::string text;
    std::array<char, 100> room{};
    int result = Z_OK;
    do {
        zlib.next_out = reinterpret_cast<Bytef*>(room.data());
        zlib.avail_out = static_cast<uInt>(room.size());
        result = inflate(&zlib, Z_SYNC_FLUSH);
        text.append(room.data(), room.size() - zlib.avail_out);
    } while (result == Z_OK && (zlib.avail_in != 0 || zlib.avail_out == 0));
    const bool good = zlib.avail_in == 0 && (result == Z_OK || result == Z_BUF_ERROR);
    inflateEnd(&zlib);
    return good ? std::optional(text) : std::nullopt;
}

}  // namespace resgate::test
