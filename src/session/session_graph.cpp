#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

#include "res/rid.h"
#include "session/garbage.h"
#include "session/session.h"
#include "session/sessions.h"

namespace resgate::session {

using State = Subscription::State;

namespace {

/// The content before the events in the queue took effect ([SND-4]): what the subscription has
/// processed. `content` is the state after all of them.
res::ContentPtr rewind(const res::ContentPtr& content, const EventQueue& queue) {
    res::Content::Ptr rewound;
    for (auto event = queue.rbegin(); event != queue.rend(); ++event) {
        if (!(*event)->changes_content() || (*event)->kind() == cache::Event::Kind::deletion)
            continue;
        if (!rewound)
            rewound = content->copy();
        (*event)->undo(rewound);
    }
    return rewound ? rewound : content;
}

}  // namespace

Subscription* Session::find(std::string_view rid) const {
    const Rid* const known = sessions_.rids_.find(rid);
    return known ? subscriptions_.find(known) : nullptr;
}

Subscription& Session::create(RidPtr rid, cache::ThrottleId tree) {
    const SubscriptionPtr subscription(new Subscription(*this, std::move(rid), tree));
    const std::string_view name = res::split_rid(subscription->rid->text()).name;
    if (res::has_cid_tag(name))
        sessions_.attach_name(*subscription, res::expand_cid(name, cid()));
    else
        sessions_.attach_name(*subscription, name);
    subscriptions_.insert(subscription);
    return *subscription;
}

void Session::load(Subscription& subscription) {
    subscription.state = State::loading;
    subscription.holds = Subscription::load_hold;
    sessions_.await(subscription);
    const std::string_view query = res::split_rid(subscription.rid->text()).query;
    sessions_.post(cache::Attach{subscription.awaited(), std::string(subscription.name->text()),
                                 res::expand_cid(query, cid()), subscription.tree});
}

void Session::on_loaded(Subscription& subscription, const res::ContentPtr& content) {
    Edges old = std::exchange(subscription.references, Edges());
    subscription.restarted = false;
    subscription.state = State::loaded;
    subscription.rare().content = content;
    if (content->has_references()) {
        subscription.references.reserve(content->reference_count());
        content->for_each_reference(
            [&](std::string_view rid) { add_reference(subscription, rid); });
    }
    // [DEL-5]: what the deleted resource referred to was kept until now.
    std::vector<SubscriptionPtr> released;
    for (const Edge& edge : old) {
        edge.target->parents.remove(&subscription);
        released.emplace_back(edge.target);
    }
    for (const SubscriptionPtr& target : released) {
        if (!target->disposed)
            collect(*target);
    }
    settle_load(subscription);
    tidy_work();
}

void Session::on_load_failed(Subscription& subscription, res::Error&& error) {
    const SubscriptionPtr keep(&subscription);
    const bool was_restarted = subscription.restarted;
    subscription.restarted = false;
    subscription.state = was_restarted ? State::deleted : State::failed;
    subscription.reverts = false;
    subscription.recheck = false;
    if (sessions_.log_.enabled(LogLevel::debug))
        sessions_.log_.debug(tag() + "Failed to subscribe to " +
                             std::string(subscription.rid->text()) + ". " + error.message);
    subscription.rare().error = std::move(error);
    settle_load(subscription);
    subscription.tidy_rare();
    tidy_work();
}

/// The content of an un-delivered subscription.
void Session::on_snapshot(Subscription& subscription, const res::ContentPtr& content) {
    Subscription::Rare& rare = subscription.rare();
    subscription.awaits_snapshot = false;
    rare.content = rewind(content, rare.queue);
    settle_load(subscription);
    tidy_work();
}

/// The subscription is not what messages wait for any more ([LOD-6]).
void Session::settle_load(Subscription& subscription) {
    Subscription::Rare* const rare = subscription.rare_if_any();
    if (!rare)
        return;
    const SubscriptionPtr keep(&subscription);
    const Subscription::Dependents dependents = std::exchange(rare->dependents, {});
    subscription.tidy_rare();
    for (const cache::Serial serial : dependents) {
        const auto found = work().waiting.find(serial);
        if (found == work().waiting.end())
            continue;
        --found->second.unready;
        if (subscription.state == State::loaded) {
            for (const Edge& edge : subscription.references)
                depend(found->second, *edge.target);
        }
    }
    for (const cache::Serial serial : dependents)
        try_deliver(serial);
}

Subscription& Session::add_reference(Subscription& from, std::string_view text) {
    RidPtr rid = sessions_.rids_.intern(text);
    Subscription* target = subscriptions_.find(rid.get());
    if (!target) {
        target = &create(std::move(rid), from.tree);
        if (sessions_.max_subscriptions_ != 0 &&
            subscriptions_.size() > sessions_.max_subscriptions_) {  // [LMT-5]
            ++sessions_.refused_subscriptions_;
            target->state = State::failed;
            target->rare().error = res::errors::subscription_limit_exceeded();
        } else {
            load(*target);
        }
    } else if (target->state == State::deleted) {
        start_over(*target);
    }
    if (from.references.add(target))
        target->parents.add(&from);
    return *target;
}

SubscriptionPtr Session::remove_reference(Subscription& from, std::string_view rid) {
    Subscription* const target = find(rid);
    assert(target);
    if (!from.references.remove(target))
        return nullptr;
    target->parents.remove(&from);
    return target;
}

void Session::remove_all_references(Subscription& from) {
    std::vector<SubscriptionPtr> targets;
    for (const Edge& edge : from.references) {
        edge.target->parents.remove(&from);
        targets.emplace_back(edge.target);
    }
    from.references.clear();
    for (const SubscriptionPtr& target : targets) {
        if (!target->disposed)
            collect(*target);
    }
}

/// [GCO-1]: the direct count of `start`, or an edge to it, has been reduced.
void Session::collect(Subscription& start) {
    const Garbage garbage = find_garbage(start);
    if (!garbage.unreachable.empty())
        dispose(garbage.unreachable);
    for (const SubscriptionPtr& subscription : garbage.dropped) {
        if (!subscription->disposed && subscription->is_held())
            undeliver(*subscription);
    }
}

/// [GCO-4]: the client has dropped it, though it still exists.
void Session::undeliver(Subscription& subscription) {
    if (subscription.state == State::deleted)
        return load_anew(subscription);  // [DEL-5]
    if (subscription.restarted) {
        subscription.restarted = subscription.reverts = false;
        return remove_all_references(subscription);
    }
    subscription.state = State::loaded;
    subscription.holds |= Subscription::load_hold;
    for (Edge& edge : subscription.references)
        edge.told = false;
    Subscription::Rare* const rare = subscription.rare_if_any();
    if (rare && rare->waiting_event != 0) {  // [HLD-8]
        work().waiting.erase(std::exchange(rare->waiting_event, 0));
        work().message_ended = true;
    }
    if (subscription.resource)
        return request_snapshot(subscription);
    // Its deletion waits in the queue, with the last content.
    assert(rare && !rare->queue.empty());
    rare->content = rewind(rare->queue.back()->last_content(), rare->queue);
}

/// The content as of now, in place of what the subscription has, if any.
void Session::request_snapshot(Subscription& subscription) {
    subscription.awaits_snapshot = true;
    sessions_.await(subscription);
    subscription.rare().content = nullptr;
    sessions_.post(cache::TakeSnapshot{subscription.awaited(), subscription.resource->id});
}

/// [GCO-2]. What they refer to is unreachable as well, or stays for other reasons.
void Session::dispose(const Garbage::Subscriptions& unreachable) {
    for (const SubscriptionPtr& subscription : unreachable)
        subscription->disposed = true;
    boost::unordered_flat_set<SubscriptionPtr> survivors;
    for (const SubscriptionPtr& subscription : unreachable) {
        for (const Edge& edge : subscription->references) {
            if (!edge.target->disposed)
                survivors.insert(edge.target);
        }
        subscription->references.clear();
        subscription->parents.clear();
        if (Subscription::Rare* const rare = subscription->rare_if_any()) {
            if (rare->waiting_event != 0) {
                work().waiting.erase(rare->waiting_event);
                work().message_ended = true;
            }
            drop_held(*rare);
        }
        subscriptions_.erase(subscription->rid.get());
        detach(*subscription);
        sessions_.detach_name(*subscription);
    }
    for (const SubscriptionPtr& survivor : survivors) {
        survivor->parents.remove_if([](const Subscription* parent) { return parent->disposed; });
    }
    for (const SubscriptionPtr& subscription : unreachable)
        answer_pending(*subscription);
}

/// Gives back what the subscription has from the hub ([ENT-5]). While it still waits for the load,
/// that happens when the answer arrives.
void Session::detach(Subscription& subscription) {
    sessions_.stop_awaiting(subscription);
    if (!subscription.resource)
        return;
    sessions_.post(cache::Detach{subscription.resource->id});
    sessions_.detach_resource(subscription);
}

}  // namespace resgate::session
