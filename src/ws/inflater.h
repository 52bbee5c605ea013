#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "ws/codec.h"

namespace resgate::ws {

/// Decompresses messages of all connections of one thread, each message on its own ([WS-33]). Makes
/// what it needs when first used, about a hundred kilobytes.
class Inflater {
  public:
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// The text of a compressed message, valid until the next call. Given up, with
    /// `message_too_big`, before more than `max_size` bytes (0 = no limit) are kept ([LMT-12]); a
    /// message that is no complete deflate data is a `protocol_error`.
    Result<std::string_view, CloseCode> inflate(std::string_view message, std::size_t max_size);

  private:
    struct State;

    std::unique_ptr<State> state_;
};

}  // namespace resgate::ws
