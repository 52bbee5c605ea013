#pragma once

#include <cstddef>
#include <memory>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "session/subscription.h"

namespace resgate::session {

/// The subscriptions of a session, at most one per rid. Most sessions have few, which are searched;
/// from a certain number on there is an index. Loop thread.
class SubscriptionTable {
  public:
    /// Room for one in place: most clients of a page of one resource have no more.
    using Items = boost::container::small_vector<SubscriptionPtr, 1>;

    Subscription* find(const Rid* rid) const {
        const std::size_t at = position(rid);
        return at < items_.size() ? items_[at].get() : nullptr;
    }

    void insert(SubscriptionPtr subscription) {
        items_.push_back(std::move(subscription));
        if (index_) {
            index_->emplace(items_.back()->rid.get(), items_.size() - 1);
        } else if (items_.size() >= indexed_from) {
            index_ = std::make_unique<Index>();
            for (std::size_t i = 0; i < items_.size(); ++i)
                index_->emplace(items_[i]->rid.get(), i);
        }
    }

    void erase(const Rid* rid) {
        const std::size_t at = position(rid);
        if (index_) {
            (*index_)[items_.back()->rid.get()] = at;
            index_->erase(rid);
        }
        std::swap(items_[at], items_.back());
        items_.pop_back();
    }

    std::size_t size() const { return items_.size(); }

    const Items& items() const { return items_; }

  private:
    using Index = boost::unordered_flat_map<const Rid*, std::size_t>;
    static constexpr std::size_t indexed_from = 16;

    std::size_t position(const Rid* rid) const {
        if (index_) {
            const auto found = index_->find(rid);
            return found == index_->end() ? items_.size() : found->second;
        }
        std::size_t at = 0;
        while (at < items_.size() && items_[at]->rid.get() != rid)
            ++at;
        return at;
    }

    Items items_;
    std::unique_ptr<Index> index_;
};

}  // namespace resgate::session
