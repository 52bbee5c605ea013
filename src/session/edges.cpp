#include "session/edges.h"

#include <algorithm>
#include <cassert>

namespace resgate::session {

std::size_t Edges::position(const Subscription* target) const {
    if (index_) {
        const auto found = index_->find(target);
        return found == index_->end() ? edges_.size() : found->second;
    }
    const auto found = std::find_if(edges_.begin(), edges_.end(),
                                    [=](const Edge& edge) { return edge.target == target; });
    return static_cast<std::size_t>(found - edges_.begin());
}

Edge* Edges::find(const Subscription* target) {
    const std::size_t at = position(target);
    return at < edges_.size() ? &edges_[at] : nullptr;
}

bool Edges::add(Subscription* target) {
    if (Edge* const edge = find(target)) {
        ++edge->occurrences;
        return false;
    }
    edges_.push_back({target, 1, false});
    if (!index_ && edges_.size() >= indexed_from) {
        index_ = std::make_unique<std::unordered_map<const Subscription*, std::size_t>>();
        for (std::size_t i = 0; i < edges_.size(); ++i)
            index_->emplace(edges_[i].target, i);
    } else if (index_) {
        index_->emplace(target, edges_.size() - 1);
    }
    return true;
}

bool Edges::remove(const Subscription* target) {
    const std::size_t at = position(target);
    assert(at < edges_.size());
    if (--edges_[at].occurrences > 0)
        return false;
    if (index_) {
        (*index_)[edges_.back().target] = at;
        index_->erase(target);
    }
    edges_[at] = edges_.back();
    edges_.pop_back();
    return true;
}

void Edges::clear() {
    edges_ = {};
    index_.reset();
}

}  // namespace resgate::session
