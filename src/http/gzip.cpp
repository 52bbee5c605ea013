#include "http/gzip.h"

#include <new>

#include <zlib.h>

namespace resgate::http {

namespace {

/// The largest window, and a gzip header instead of zlib's.
constexpr int gzip_window_bits = MAX_WBITS + 16;
constexpr int usual_memory_level = 8;

}  // namespace

std::string gzip(std::string_view text) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits,
                     usual_memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string result(deflateBound(&stream, text.size()), '\0');
    // zlib only reads its input, though it takes no const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    deflate(&stream, Z_FINISH);  // the bound was enough
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

}  // namespace resgate::http
