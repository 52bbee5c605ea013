#include <algorithm>
#include <cassert>
#include <unordered_set>
#include <utility>

#include "session/session.h"
#include "session/sessions.h"
#include "ws/codec.h"

namespace resgate::session {

using State = Subscription::State;

/// Looks at everything the message would deliver; if some of it is not ready, the message stands in
/// line there ([LOD-5]) and must be kept until it is tried again.
bool Session::must_wait(Waiting& waiting) {
    waiting.reached.clear();
    for (const SubscriptionPtr& start : waiting.starts)
        depend(waiting, *start);
    return waiting.unready > 0;
}

bool Session::leads_on(const Subscription& subscription) {
    return subscription.state == State::loaded && !subscription.references.empty();
}

/// Makes the message wait for everything not yet loaded that can be reached from `start` without
/// passing what the client holds ([LOD-4], [LOD-6]).
void Session::depend(Waiting& waiting, Subscription& start) {
    boost::container::small_vector<Subscription*, 8> unexplored{&start};
    while (!unexplored.empty()) {
        Subscription& subscription = *unexplored.back();
        unexplored.pop_back();
        if (!waiting.reached.insert(&subscription).second)
            continue;
        if (subscription.is_unready()) {
            Subscription::Dependents& dependents = subscription.rare().dependents;
            // Messages given up leave their place here; it must not grow by them without bound.
            constexpr std::size_t worth_a_look = 32;
            const std::size_t size = dependents.size();
            if (size >= worth_a_look && (size & (size - 1)) == 0) {
                const auto given_up = std::remove_if(
                    dependents.begin(), dependents.end(),
                    [this](cache::Serial one) { return !work().waiting.contains(one); });
                dependents.erase(given_up, dependents.end());
            }
            dependents.push_back(waiting.serial);
            ++waiting.unready;
        }
        if (leads_on(subscription)) {
            for (const Edge& edge : subscription.references)
                unexplored.push_back(edge.target);
        }
    }
}

void Session::try_deliver(cache::Serial serial) {
    const auto found = work().waiting.find(serial);
    if (found == work().waiting.end() || found->second.unready > 0)
        return;
    // What was ready when it was reached may be so no more: look again.
    if (must_wait(found->second))
        return;
    const Waiting waiting = std::move(found->second);
    work().waiting.erase(found);
    if (waiting.request != 0)
        deliver_request(waiting.request);
    else
        deliver_event(waiting);
}

/// [SND-1]. One set for all starts: each resource occurs once in it ([SET-3]).
void Session::compose(const std::vector<SubscriptionPtr>& starts, res::ResourceSet& set,
                      std::vector<SubscriptionPtr>& delivered) {
    std::unordered_set<const Subscription*> failed;
    std::vector<Subscription*> unexplored;
    unexplored.reserve(starts.size());
    for (const SubscriptionPtr& start : starts)
        unexplored.push_back(start.get());
    while (!unexplored.empty()) {
        Subscription& subscription = *unexplored.back();
        unexplored.pop_back();
        if (subscription.state == State::failed && failed.insert(&subscription).second)
            set.add(subscription.rid->text(), subscription.rare().error);
        if (subscription.state != State::loaded)
            continue;
        assert(subscription.content());
        set.add(subscription.rid->text(), *subscription.content());
        subscription.rare().content = nullptr;
        subscription.state = State::delivered;
        subscription.reverts = false;
        delivered.emplace_back(&subscription);
        for (Edge& edge : subscription.references) {
            edge.told = true;
            unexplored.push_back(edge.target);
        }
    }
}

/// [SND-3]. The message was sent. What it released may have had another of its subscriptions
/// dropped and delivered again, and an event of that one wait since: then the load hold is that
/// event's, which keeps its position ([HLD-6]).
void Session::release_delivered(const std::vector<SubscriptionPtr>& delivered) {
    for (const SubscriptionPtr& subscription : delivered) {
        const Subscription::Rare* const rare = subscription->rare_if_any();
        const bool event_waits = rare && rare->waiting_event != 0;
        if (!subscription->disposed && subscription->is_delivered() && !event_waits)
            release(*subscription, Subscription::load_hold);
    }
}

/// [HLD-4]
void Session::release(Subscription& subscription, Subscription::Hold hold) {
    const SubscriptionPtr keep(&subscription);
    subscription.holds = static_cast<std::uint8_t>(subscription.holds & ~hold);
    if (subscription.holds != Subscription::no_hold)
        return;
    if (subscription.recheck) {
        start_recheck(subscription, 0);
        if (subscription.holds != Subscription::no_hold)
            return;
    }
    while (!subscription.disposed && subscription.holds == Subscription::no_hold) {
        Subscription::Rare* const rare = subscription.rare_if_any();
        if (!rare || rare->queue.empty())
            break;
        const cache::EventPtr event = take_held(*rare);
        EventFrames frames(*event, sessions_.log_);
        process(subscription, frames);
    }
    if (!subscription.disposed)
        subscription.tidy_rare();
}

}  // namespace resgate::session
