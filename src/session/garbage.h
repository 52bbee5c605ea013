#pragma once

#include <boost/container/small_vector.hpp>

#include "session/subscription.h"

namespace resgate::session {

/// What a reduction of a subscription's direct count, or of an edge to it, leaves over.
struct Garbage {
    /// Room for one in place: most resources refer to no others.
    using Subscriptions = boost::container::small_vector<SubscriptionPtr, 1>;

    Subscriptions unreachable;  ///< to be disposed ([GCO-2])
    Subscriptions dropped;      ///< exist, but the client dropped them ([GCO-4])
};

/// Finds out by reachability what `start` and everything below it has become ([GCO-2], [GCO-3]).
/// Changes nothing. The cost is that of the graph below `start` up to subscriptions with a direct
/// count.
///
/// Why it is enough to look there: a subscription outside of that part of the graph was reachable
/// before, along a path that does not lead through the part, and still is.
Garbage find_garbage(Subscription& start);

}  // namespace resgate::session
