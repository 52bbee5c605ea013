#include "session/garbage.h"

#include <cstddef>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace resgate::session {

namespace {

struct Node {
    bool exists = false;
    bool held = false;
};

using Part = boost::unordered_flat_map<Subscription*, Node>;

/// Everything reachable from `start` without entering subscriptions with a direct count.
Part part_below(Subscription& start, std::vector<Subscription*>& order) {
    Part part;
    order.push_back(&start);
    part.emplace(&start, Node{});
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (const Edge& edge : order[i]->references) {
            if (edge.target->direct == 0 && part.emplace(edge.target, Node{}).second)
                order.push_back(edge.target);
        }
    }
    return part;
}

/// Spreads `Node::*mark` from the nodes that have it along the edges that `counts`.
template <typename Counts>
void spread(Part& part, std::vector<Subscription*> from, bool Node::* mark, Counts counts) {
    while (!from.empty()) {
        Subscription* const at = from.back();
        from.pop_back();
        for (const Edge& edge : at->references) {
            const auto found = part.find(edge.target);
            if (found == part.end() || found->second.*mark || !counts(edge))
                continue;
            found->second.*mark = true;
            from.push_back(edge.target);
        }
    }
}

}  // namespace

Garbage find_garbage(Subscription& start) {
    Garbage garbage;
    if (start.direct > 0)
        return garbage;
    if (start.parents.empty() && start.references.empty()) {  // by far the most frequent case
        garbage.unreachable.emplace_back(&start);
        return garbage;
    }
    std::vector<Subscription*> order;
    Part part = part_below(start, order);

    std::vector<Subscription*> existing;
    std::vector<Subscription*> held;
    for (Subscription* const subscription : order) {
        Node& node = part[subscription];
        for (Subscription* const parent : subscription->parents) {
            if (part.contains(parent))
                continue;
            node.exists = true;
            node.held |= subscription->is_held() && parent->is_held() &&
                         parent->references.find(subscription)->told;
        }
        if (node.exists)
            existing.push_back(subscription);
        if (node.held)
            held.push_back(subscription);
    }
    spread(part, std::move(existing), &Node::exists, [](const Edge&) { return true; });
    spread(part, std::move(held), &Node::held,
           [](const Edge& edge) { return edge.told && edge.target->is_held(); });

    for (Subscription* const subscription : order) {
        const Node& node = part[subscription];
        if (!node.exists)
            garbage.unreachable.emplace_back(subscription);
        else if (subscription->is_held() && !node.held)
            garbage.dropped.emplace_back(subscription);
    }
    return garbage;
}

}  // namespace resgate::session
