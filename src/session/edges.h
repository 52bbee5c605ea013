#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace resgate::session {

class Subscription;

/// The hard references from one subscription to another ([STA-3]).
struct Edge {
    Subscription* target = nullptr;
    std::uint32_t occurrences = 0;  ///< how often the content refers to the target
    bool told = false;              ///< a delivered edge: the client knows of the reference
};

/// The outgoing edges of a subscription: refs(S) of 40.1. Order carries no meaning. Small sets are
/// searched, large ones have an index.
class Edges {
  public:
    using const_iterator = std::vector<Edge>::const_iterator;

    bool empty() const { return edges_.empty(); }

    std::size_t size() const { return edges_.size(); }

    std::vector<Edge>::iterator begin() { return edges_.begin(); }

    std::vector<Edge>::iterator end() { return edges_.end(); }

    /// Null if there is no edge to the target.
    Edge* find(const Subscription* target);
    /// Adds an occurrence, and the edge with it if it is the first. True if it was.
    bool add(Subscription* target);
    /// Takes out an occurrence, and the edge with the last. True if it was the last.
    bool remove(const Subscription* target);
    void clear();

  private:
    static constexpr std::size_t indexed_from = 16;

    std::size_t position(const Subscription* target) const;

    std::vector<Edge> edges_;
    std::unique_ptr<std::unordered_map<const Subscription*, std::size_t>> index_;
};

}  // namespace resgate::session
