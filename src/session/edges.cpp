#include "session/edges.h"

#include <algorithm>
#include <cassert>

namespace resgate::session {

std::size_t Edges::position(const Subscription* target) const {
    const std::vector<Edge>& edges = body_->edges;
    if (body_->index) {
        const auto found = body_->index->find(target);
        return found == body_->index->end() ? edges.size() : found->second;
    }
    const auto found = std::find_if(edges.begin(), edges.end(),
                                    [=](const Edge& edge) { return edge.target == target; });
    return static_cast<std::size_t>(found - edges.begin());
}

Edge* Edges::find(const Subscription* target) {
    if (!body_)
        return nullptr;
    const std::size_t at = position(target);
    return at < size() ? begin() + at : nullptr;
}

bool Edges::add(Subscription* target) {
    if (Edge* const edge = find(target)) {
        ++edge->occurrences;
        return false;
    }
    auto& [edges, index] = body();
    edges.push_back({target, 1, false});
    if (index) {
        index->emplace(target, edges.size() - 1);
    } else if (edges.size() >= indexed_from) {
        index = std::make_unique<Index>();
        for (std::size_t i = 0; i < edges.size(); ++i)
            index->emplace(edges[i].target, i);
    }
    return true;
}

bool Edges::remove(const Subscription* target) {
    assert(body_);
    auto& [edges, index] = *body_;
    const std::size_t at = position(target);
    assert(at < edges.size());
    if (--edges[at].occurrences > 0)
        return false;
    if (index) {
        (*index)[edges.back().target] = at;
        index->erase(target);
    }
    edges[at] = edges.back();
    edges.pop_back();
    if (edges.empty())
        body_.reset();
    return true;
}

}  // namespace resgate::session
