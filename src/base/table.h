#pragma once

#include <cstddef>
#include <vector>

#include <boost/intrusive/unordered_set.hpp>

namespace resgate {

/// The place of an object in a `Table`. What is in several tables has a hook for each, with tags.
template <typename Tag>
using TaggedTableHook = boost::intrusive::unordered_set_base_hook<
    boost::intrusive::link_mode<boost::intrusive::safe_link>, boost::intrusive::tag<Tag>>;
using TableHook = TaggedTableHook<boost::intrusive::dft_tag>;

/// A hash table of objects that carry their own link, so that an element takes no block of memory
/// besides itself. It owns nothing. `KeyOf` names the key as `type` and returns it for an element;
/// keys are unique. `Hook`: which link of the elements.
template <typename T, typename KeyOf, typename Hook = TableHook>
class Table {
  public:
    using Key = typename KeyOf::type;

    bool empty() const { return set_.empty(); }

    std::size_t size() const { return set_.size(); }

    auto begin() { return set_.begin(); }

    auto end() { return set_.end(); }

    auto begin() const { return set_.begin(); }

    auto end() const { return set_.end(); }

    /// Null if there is none.
    T* find(const Key& key) {
        const auto found = set_.find(key);
        return found == set_.end() ? nullptr : &*found;
    }

    const T* find(const Key& key) const {
        const auto found = set_.find(key);
        return found == set_.end() ? nullptr : &*found;
    }

    /// Its key must not be there yet.
    void insert(T& element) {
        if (set_.size() >= buckets_.size())
            grow();
        set_.insert(element);
    }

    /// The element of that key. If there is none, `make` makes it, and it is inserted.
    template <typename Make>
    T& find_or_insert(const Key& key, Make make) {
        if (set_.size() >= buckets_.size())
            grow();
        typename Set::insert_commit_data place;
        const auto [found, is_new] = set_.insert_check(key, place);
        if (!is_new)
            return *found;
        T& element = make();
        set_.insert_commit(element, place);
        return element;
    }

    /// Takes out all elements and hands each to `dispose`. The time is that of the number of
    /// elements, which to erase them one by one from the beginning is not: the way to the first
    /// leads over empty buckets.
    template <typename Dispose>
    void clear_and_dispose(Dispose dispose) {
        set_.clear_and_dispose(dispose);
    }

    /// It must be there.
    void erase(T& element) { set_.erase(set_.iterator_to(element)); }

  private:
    using Set = boost::intrusive::unordered_set<
        T, boost::intrusive::base_hook<Hook>, boost::intrusive::key_of_value<KeyOf>,
        boost::intrusive::hash<std::hash<Key>>, boost::intrusive::power_2_buckets<true>>;
    using Bucket = typename Set::bucket_type;

    void grow() {
        std::vector<Bucket> larger(buckets_.size() * 2);
        set_.rehash({larger.data(), larger.size()});
        buckets_.swap(larger);
    }

    std::vector<Bucket> buckets_ = std::vector<Bucket>(8);
    Set set_{typename Set::bucket_traits(buckets_.data(), buckets_.size())};
};

}  // namespace resgate
