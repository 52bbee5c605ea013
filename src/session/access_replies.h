#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "res/service_message.h"

namespace resgate::session {

/// Decodes access replies. Services give nearly all clients the same answer, letter by letter, so
/// the last one is remembered. Loop thread.
class AccessReplies {
  public:
    /// Valid until the next is decoded.
    const res::Reply<res::Access>& decode(std::string_view payload) {
        if (!is_remembered_ || payload != payload_) {
            is_remembered_ = payload.size() <= longest_remembered;
            if (is_remembered_)
                payload_ = payload;
            reply_ = res::decode_access_reply(payload);
        }
        return reply_;
    }

  private:
    static constexpr std::size_t longest_remembered = 256;

    std::string payload_;
    bool is_remembered_ = false;  ///< `payload_` is what `reply_` says
    res::Reply<res::Access> reply_{res::Access{}, {}};
};

}  // namespace resgate::session
