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
        *this = RememberedAccess();
        known_ = true;
        if (!outcome.ok()) {
            error_ = std::make_unique<res::Error>(outcome.error());
            return;
        }
        get_ = outcome->get;
        calls_all_ = outcome->call == "*";
        if (!calls_all_ && !outcome->call.empty())
            call_ = std::make_unique<std::string>(outcome->call);
    }

    res::Result<res::Access> outcome() const {
        if (error_)
            return *error_;
        return res::Access{get_, calls_all_ ? "*" : call_ ? *call_ : std::string()};
    }

  private:
    bool known_ = false;
    bool get_ = false;
    bool calls_all_ = false;  ///< `call` is `*`, as it is most often
    std::unique_ptr<std::string> call_;
    std::unique_ptr<res::Error> error_;
};

}  // namespace resgate::session
