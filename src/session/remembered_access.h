#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "res/error.h"
#include "res/service_message.h"

namespace resgate::session {

/// access(S) of 40.1: the outcome of an access request, if one is remembered ([ACC-3]). Small, as
/// there is one per subscription.
class RememberedAccess {
  public:
    bool known() const { return known_; }

    void forget() { *this = RememberedAccess(); }

    /// Whether this outcome is one to remember at all ([ACC-3]).
    static bool is_memorable(const res::Result<res::Access>& outcome) {
        return outcome.ok() || outcome.error().code == res::code_access_denied;
    }

    void remember(const res::Result<res::Access>& outcome) {
        known_ = true;
        get_ = outcome.ok() && outcome->get;
        rest_.reset();
        if (!outcome.ok())
            rest_ = std::make_unique<Rest>(Rest{{}, outcome.error()});
        else if (!outcome->call.empty())
            rest_ = std::make_unique<Rest>(Rest{outcome->call, {}});
    }

    res::Result<res::Access> outcome() const {
        if (rest_ && !rest_->error.code.empty())
            return rest_->error;
        return res::Access{get_, rest_ ? rest_->call : std::string()};
    }

  private:
    struct Rest {
        std::string call;
        res::Error error;
    };

    bool known_ = false;
    bool get_ = false;
    std::unique_ptr<Rest> rest_;
};

}  // namespace resgate::session
