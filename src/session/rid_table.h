#pragma once

#include <cstdint>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "base/table.h"
#include "base/text.h"

namespace resgate::session {

class RidTable;

/// The key of tables of what has a text.
template <typename T>
struct TextOf {
    using type = std::string_view;

    type operator()(const T& element) const { return element.text(); }
};

/// A rid as clients write it ([CID-5]), kept once per loop however many subscriptions use it. Two
/// of them are the same rid iff they are the same object ([RID-6]). Loop thread.
class Rid : public TableHook {
  public:
    std::string_view text() const { return text_.view(); }

  private:
    friend class RidTable;

    /// The key of tables of what has a text.
    template <typename T>
    struct TextOf {
        using type = std::string_view;

        type operator()(const T& element) const { return element.text(); }
    };

    Rid(RidTable& table, std::string_view text) : table_(table), text_(text) {}

    friend void intrusive_ptr_add_ref(Rid* rid) { ++rid->uses_; }

    friend void intrusive_ptr_release(Rid* rid);

    RidTable& table_;
    std::uint32_t uses_ = 0;
    const Text text_;
};

using RidPtr = boost::intrusive_ptr<Rid>;

/// All rids that are in use on a loop.
class RidTable {
  public:
    RidPtr intern(std::string_view text);

    /// Null if nobody uses that rid.
    Rid* find(std::string_view text) { return rids_.find(text); }

  private:
    friend void intrusive_ptr_release(Rid* rid);

    Table<Rid, TextOf<Rid>> rids_;
};

}  // namespace resgate::session
