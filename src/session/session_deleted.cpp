#include <unordered_set>
#include <utility>
#include <vector>

#include "session/session.h"

// What becomes of subscriptions that were deleted or failed when they are needed again ([DEL-5],
// [FAI-1]).

namespace resgate::session {

using State = Subscription::State;

void Session::start_over(Subscription& subscription) {
    if (!subscription.is_held())
        return load_anew(subscription);
    subscription.restarted = true;
    if (!subscription.reverts) {
        subscription.reverts = true;
        work().started_over.emplace_back(&subscription);
    }
    load(subscription);
}

/// The client has nothing of it any more: what it referred to is given up at once.
void Session::load_anew(Subscription& subscription) {
    load(subscription);  // first: what it referred to may lead back to it
    remove_all_references(subscription);
}

/// Lets those subscriptions be DELETED again that no message will deliver: neither the one that
/// started them over nor another that leads to them.
void Session::revert_undelivered() {
    std::erase_if(work().started_over, [](const SubscriptionPtr& subscription) {
        return subscription->disposed || !subscription->reverts;
    });
    if (!std::exchange(work().message_ended, false) || work().started_over.empty())
        return;
    std::vector<Subscription*> unexplored;
    for (const auto& [serial, request] : work().requests) {
        if (request.subscription)
            unexplored.push_back(request.subscription.get());
    }
    for (const auto& [serial, waiting] : work().waiting) {
        for (const SubscriptionPtr& start : waiting.starts)
            unexplored.push_back(start.get());
    }
    std::unordered_set<const Subscription*> needed;
    while (!unexplored.empty()) {
        Subscription* const subscription = unexplored.back();
        unexplored.pop_back();
        if (!needed.insert(subscription).second || subscription->state != State::loaded)
            continue;
        for (const Edge& edge : subscription->references)
            unexplored.push_back(edge.target);
    }
    std::vector<SubscriptionPtr> reverting;
    std::erase_if(work().started_over, [&](const SubscriptionPtr& subscription) {
        if (needed.contains(subscription.get()))
            return false;
        reverting.push_back(subscription);
        return true;
    });
    for (const SubscriptionPtr& subscription : reverting) {
        if (!subscription->disposed && subscription->reverts)
            revert(*subscription);
    }
}

void Session::revert(Subscription& subscription) {
    const bool was_loaded = subscription.state != State::loading;
    detach(subscription);
    subscription.reverts = false;
    subscription.restarted = false;
    subscription.awaits_snapshot = false;
    subscription.recheck = false;
    subscription.state = State::deleted;
    if (Subscription::Rare* const rare = subscription.rare_if_any()) {
        rare->content = nullptr;
        drop_held(*rare);
        rare->dependents.clear();  // of messages that have ended
    }
    subscription.tidy_rare();
    if (was_loaded)
        remove_all_references(subscription);
    collect(subscription);  // the client may have dropped it while it was loaded
}

}  // namespace resgate::session
