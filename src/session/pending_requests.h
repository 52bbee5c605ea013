#pragma once

#include <cstddef>

#include <boost/container/small_vector.hpp>

namespace resgate::session {

struct Request;

/// The requests of a client that wait for one subscription, so that none of the others has to be
/// looked at for it. Those whose direct count stands come first: there are 256 of them at most
/// ([LIM-1]), while of the others there may be any number ([CNT-5]). Loop thread.
class PendingRequests {
  public:
    bool empty() const { return requests_.empty(); }

    auto begin() const { return requests_.begin(); }

    auto end() const { return requests_.end(); }

    /// The request must stay where it is until it is removed.
    void add(Request& request);
    void remove(Request& request);

    /// Takes the counts of the oldest ones until no more than `left` have one ([CNT-4]).
    void keep_counts(std::size_t left);

  private:
    void put(std::size_t at, Request& request);
    /// The request goes to the others.
    void take_count(Request& request);

    /// Room for one in place: hardly ever are there more.
    boost::container::small_vector<Request*, 1> requests_;
    std::size_t counted_ = 0;
};

}  // namespace resgate::session
