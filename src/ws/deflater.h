#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/frame.h"
#include "ws/permessage_deflate.h"

struct z_stream_s;  // NOLINT(readability-identifier-naming): that of zlib

namespace resgate::ws {

/// Compresses messages for all connections of one thread, each message on its own ([WS-33]). What
/// zlib needs for it is made when first used, at most half a megabyte, and kept.
class Deflater {
  public:
    /// Messages below that are sent as they are: it would save a few bytes of one packet at the
    /// price of several microseconds.
    static constexpr std::size_t shortest = 128;

    Deflater();
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// The form of a frame of `text_frame` for connections with this agreement: compressed if that
    /// makes it shorter by an eighth at least, else the frame itself. It is made once for each
    /// frame, whichever thread comes first, and then found on the frame.
    FramePtr form_of(const FramePtr& frame, DeflateAgreement agreement);

  private:
    struct EndStream {
        void operator()(z_stream_s* stream) const;
    };

    static constexpr std::size_t smallest_window_bits = 9;
    static constexpr std::size_t largest_window_bits = 15;

    FramePtr compress(std::string_view payload, unsigned window_bits);
    z_stream_s& stream(unsigned window_bits);

    /// By window bits: a small message neither needs nor should clear the tables of a large one.
    std::array<std::unique_ptr<z_stream_s, EndStream>,
               largest_window_bits - smallest_window_bits + 1>
        streams_;
};

}  // namespace resgate::ws
