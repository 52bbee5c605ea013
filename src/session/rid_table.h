#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace resgate::session {

class RidTable;

/// A rid as clients write it ([CID-5]), kept once per loop however many subscriptions use it. Two
/// of them are the same rid iff they are the same object ([RID-6]). Loop thread.
class Rid {
  public:
    std::string_view text() const { return text_; }

  private:
    friend class RidTable;

    Rid(RidTable& table, std::string_view text) : table_(table), text_(text) {}

    friend void intrusive_ptr_add_ref(Rid* rid) { ++rid->uses_; }

    friend void intrusive_ptr_release(Rid* rid);

    RidTable& table_;
    std::uint32_t uses_ = 0;
    const std::string text_;
};

using RidPtr = boost::intrusive_ptr<Rid>;

/// All rids that are in use on a loop.
class RidTable {
  public:
    RidPtr intern(std::string_view text);
    /// Null if nobody uses that rid.
    RidPtr find(std::string_view text) const;

  private:
    friend void intrusive_ptr_release(Rid* rid);

    std::unordered_map<std::string_view, Rid*> rids_;
};

}  // namespace resgate::session
