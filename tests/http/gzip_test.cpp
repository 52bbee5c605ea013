#include "http/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace resgate::http {
namespace {

std::string unpacked(std::string packed, std::size_t size) {
    std::string result(size + 1, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);  // accepts gzip only
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(stream.avail_in, 0U);
    result.resize(stream.total_out);
    inflateEnd(&stream);
    return result;
}

// [OPS-71]
TEST(Gzip, IsUnpackedToTheSameText) {
    std::string scattered;
    for (std::uint32_t i = 0, x = 1; i < 50'000; ++i, x = x * 1664525 + 1013904223)
        scattered += static_cast<char>(x >> 24);
    for (const std::string& text : {std::string(), std::string("a"), scattered}) {
        EXPECT_EQ(unpacked(gzip(text), text.size()), text);
    }
}

TEST(Gzip, MakesRepetitiveTextSmaller) {
    EXPECT_LT(gzip(std::string(10'000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace resgate::http
