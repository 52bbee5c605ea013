#include "session/rid_table.h"

namespace resgate::session {

RidPtr RidTable::intern(std::string_view text) {
    if (RidPtr found = find(text))
        return found;
    RidPtr rid(new Rid(*this, text));
    rids_.emplace(rid->text(), rid.get());
    return rid;
}

RidPtr RidTable::find(std::string_view text) const {
    const auto found = rids_.find(text);
    return found == rids_.end() ? nullptr : RidPtr(found->second);
}

void intrusive_ptr_release(Rid* rid) {
    if (--rid->uses_ > 0)
        return;
    rid->table_.rids_.erase(rid->text());
    delete rid;
}

}  // namespace resgate::session
