#include "session/rid_table.h"

namespace resgate::session {

RidPtr RidTable::intern(std::string_view text) {
    if (RidPtr found = find(text))
        return found;
    RidPtr rid(new Rid(*this, text));
    rids_.insert(*rid);
    return rid;
}

RidPtr RidTable::find(std::string_view text) {
    return rids_.find(text);
}

void intrusive_ptr_release(Rid* rid) {
    if (--rid->uses_ > 0)
        return;
    rid->table_.rids_.erase(*rid);
    delete rid;
}

}  // namespace resgate::session
