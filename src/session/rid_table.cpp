#include "session/rid_table.h"

namespace resgate::session {

RidPtr RidTable::intern(std::string_view text) {
    return &rids_.find_or_insert(text, [&]() -> Rid& { return *new Rid(*this, text); });
}

void intrusive_ptr_release(Rid* rid) {
    if (--rid->uses_ > 0)
        return;
    rid->table_.rids_.erase(*rid);
    delete rid;
}

}  // namespace resgate::session
