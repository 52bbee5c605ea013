#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

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
    bool empty() const { return !body_; }

    std::size_t size() const { return body_ ? body_->edges.size() : 0; }

    Edge* begin() { return body_ ? body_->edges.data() : nullptr; }

    Edge* end() { return begin() + size(); }

    /// Null if there is no edge to the target.
    Edge* find(const Subscription* target);
    /// Adds an occurrence, and the edge with it if it is the first. True if it was.
    bool add(Subscription* target);
    /// Takes out an occurrence, and the edge with the last. True if it was the last.
    bool remove(const Subscription* target);

    void clear() { body_.reset(); }

    /// Makes room for so many edges, of which at least one must be added next.
    void reserve(std::size_t edges) { body().edges.reserve(edges); }

  private:
    static constexpr std::size_t indexed_from = 16;

    using Index = boost::unordered_flat_map<const Subscription*, std::size_t>;

    struct Body {
        std::vector<Edge> edges;
        std::unique_ptr<Index> index;
    };

    Body& body() {
        if (!body_)
            body_ = std::make_unique<Body>();
        return *body_;
    }

    std::size_t position(const Subscription* target) const;

    std::unique_ptr<Body> body_;  ///< null if there are none, as for most
};

/// Whose content refers to a subscription. Takes a single pointer if nobody's does, and one block
/// of memory if one other's does.
class Parents {
  public:
    bool empty() const { return !all_; }

    auto begin() const { return all_ ? all_->data() : nullptr; }

    auto end() const { return all_ ? all_->data() + all_->size() : nullptr; }

    void add(Subscription* parent) {
        if (!all_)
            all_ = std::make_unique<All>();
        all_->push_back(parent);
    }

    void remove(const Subscription* parent) {
        const auto found = std::find(all_->begin(), all_->end(), parent);
        *found = all_->back();
        all_->pop_back();
        tidy();
    }

    template <typename Predicate>
    void remove_if(Predicate predicate) {
        if (!all_)
            return;
        all_->erase(std::remove_if(all_->begin(), all_->end(), predicate), all_->end());
        tidy();
    }

    void clear() { all_.reset(); }

  private:
    using All = boost::container::small_vector<Subscription*, 1>;

    void tidy() {
        if (all_->empty())
            all_.reset();
    }

    std::unique_ptr<All> all_;
};

}  // namespace resgate::session
