#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "res/error.h"
#include "res/service_message.h"

namespace resgate::session {

/// access(S) of 40.1: the outcome of an access request, if one is remembered ([ACC-3]). Small, as
/// there is one per subscription.
class RememberedAccess {
  public:
    bool known() const { return kind_ != Kind::unknown; }

    void forget() { *this = RememberedAccess(); }

    /// Whether this outcome is one to remember at all ([ACC-3]).
    static bool is_memorable(const res::Result<res::Access>& outcome) {
        return outcome.ok() || outcome.error().code == res::code_access_denied;
    }

    void remember(const res::Result<res::Access>& outcome) {
        forget();
        if (outcome.ok() && (outcome->call.empty() || outcome->call == "*")) {
            kind_ = outcome->call.empty() ? Kind::no_calls : Kind::all_calls;
            get_ = outcome->get;
        } else {
            kind_ = Kind::other;
            other_ = std::make_unique<const res::Result<res::Access>>(outcome);
        }
    }

    res::Result<res::Access> outcome() const {
        if (kind_ == Kind::other)
            return *other_;
        return res::Access{get_, kind_ == Kind::all_calls ? "*" : ""};
    }

  private:
    /// What most services answer takes no further memory.
    enum class Kind : std::uint8_t { unknown, no_calls, all_calls, other };

    Kind kind_ = Kind::unknown;
    bool get_ = false;
    std::unique_ptr<const res::Result<res::Access>> other_;
};

}  // namespace resgate::session
