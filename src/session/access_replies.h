#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "res/service_message.h"

namespace resgate::session {

/// Decodes access replies. Services give nearly all clients the same answer, letter by letter, so
/// the last one is remembered. Loop thread.
class AccessReplies {
  public:
    res::Reply<res::Access> decode(std::string_view payload) {
        if (payload.size() > longest_remembered)
            return res::decode_access_reply(payload);
        if (!reply_ || payload != payload_) {
            payload_ = payload;
            reply_ = res::decode_access_reply(payload);
        }
        return *reply_;
    }

  private:
    static constexpr std::size_t longest_remembered = 256;

    std::string payload_;
    std::optional<res::Reply<res::Access>> reply_;  ///< what it says; nothing before the first
};

}  // namespace resgate::session
