#include <algorithm>
#include <cassert>
#include <utility>

#include "res/value.h"
#include "session/session.h"
#include "session/sessions.h"
#include "ws/codec.h"

namespace resgate::session {

using State = Subscription::State;
using EventKind = cache::Event::Kind;

namespace {

constexpr std::string_view event_direction = "<<-";

}  // namespace

/// [HLD-1]. For nearly every client of nearly every event the first lines are all there is to do.
void Session::on_event(Subscription& subscription, EventFrames& frames) {
    if (subscription.holds != Subscription::no_hold || !frames.only_sent())
        return take_up(subscription, frames);
    assert(subscription.is_delivered());
    if (client_) {
        const bool legacy = frames.differs_for_legacy() && legacy_values();
        client_->send(frames.frame(subscription, legacy));
    }
}

void Session::take_up(Subscription& subscription, EventFrames& frames) {
    if (subscription.holds == Subscription::no_hold) {
        process(subscription, frames);
        return tidy_work();
    }
    const cache::Event& event = frames.event();
    hold_back(subscription, event);
    if (event.kind() == EventKind::deletion && subscription.awaits_snapshot) {
        // The cache has it no more and will not answer; the deletion knows the last content.
        sessions_.stop_awaiting(subscription);
        on_snapshot(subscription, event.last_content());
    }
}

/// [APP-1] to [APP-9]. The subscription is DELIVERED and has no holds.
void Session::process(Subscription& subscription, EventFrames& frames) {
    assert(subscription.is_delivered());
    const cache::Event& event = frames.event();
    if (event.kind() == EventKind::deletion)
        return process_deletion(subscription, frames);
    if (!event.touches_references())
        return send(frames.frame(subscription, legacy_values()), event_direction);
    switch (event.kind()) {
        case EventKind::change:
            return process_change(subscription, frames);
        case EventKind::add: {
            const SubscriptionPtr target(&add_reference(subscription, res::rid_of(event.value())));
            return send_with(subscription, {target}, frames);
        }
        case EventKind::remove: {
            const SubscriptionPtr target =
                remove_reference(subscription, res::rid_of(event.value()));
            if (target)
                collect(*target);
            return send(frames.frame(subscription, legacy_values()), event_direction);
        }
        case EventKind::deletion:
        case EventKind::other:
            break;
    }
    assert(false);
}

/// [APP-5]: first the new references, then the old ones, so that one that moves between properties
/// stays.
void Session::process_change(Subscription& subscription, EventFrames& frames) {
    const cache::Event& event = frames.event();
    std::vector<SubscriptionPtr> added;
    for (const cache::PropertyChange& change : event.changes()) {
        if (change.after && change.after->kind == res::ValueKind::reference)
            added.emplace_back(&add_reference(subscription, res::rid_of(*change.after)));
    }
    std::vector<SubscriptionPtr> lost;
    for (const cache::PropertyChange& change : event.changes()) {
        if (!change.before || change.before->kind != res::ValueKind::reference)
            continue;
        if (auto target = remove_reference(subscription, res::rid_of(*change.before)))
            lost.push_back(std::move(target));
    }
    for (const SubscriptionPtr& target : lost) {
        if (!target->disposed)
            collect(*target);
    }
    send_with(subscription, std::move(added), frames);
}

/// Sends the event at once if the client holds all the added targets, else with their resource set
/// as soon as they are ready ([APP-2], [APP-3], [APP-6]).
void Session::send_with(Subscription& subscription, std::vector<SubscriptionPtr> added,
                        EventFrames& frames) {
    const bool all_held =
        std::all_of(added.begin(), added.end(),
                    [](const SubscriptionPtr& target) { return target->is_delivered(); });
    if (all_held) {
        for (const SubscriptionPtr& target : added)
            subscription.references.find(target.get())->told = true;  // [SND-2]
        return send(frames.frame(subscription, legacy_values()), event_direction);
    }
    Waiting waiting;
    waiting.serial = sessions_.next_serial();
    waiting.subscription = &subscription;
    waiting.event = cache::EventPtr(&frames.event());
    waiting.starts = std::move(added);
    if (!must_wait(waiting))
        return deliver_event(waiting);
    subscription.holds |= Subscription::load_hold;
    const cache::Serial serial = subscription.rare().waiting_event = waiting.serial;
    work().waiting.emplace(serial, std::move(waiting));
}

/// The targets of an event's references are ready.
void Session::deliver_event(const Waiting& waiting) {
    const SubscriptionPtr& subscription = waiting.subscription;
    const bool was_held_back = subscription->holds != Subscription::no_hold;
    if (was_held_back)
        subscription->rare().waiting_event = 0;
    res::ResourceSet set(legacy_values());
    std::vector<SubscriptionPtr> delivered;
    compose(waiting.starts, set, delivered);
    for (const SubscriptionPtr& start : waiting.starts)
        subscription->references.find(start.get())->told = true;  // [SND-2]
    std::string data = waiting.event->data(legacy_values());
    if (!set.empty()) {
        data.pop_back();
        set.append_members(data, true);
        data += '}';
    }
    FrameBuilder builder(data.size() + subscription->rid->text().size() + 40);
    res::append_event(builder.text(), subscription->rid->text(), waiting.event->name(), data);
    send(ws::text_frame(std::move(builder)), event_direction);
    if (was_held_back)
        delivered.push_back(subscription);  // the last: its next events may need what was delivered
    release_delivered(delivered);
}

/// [DEL-3]
void Session::process_deletion(Subscription& subscription, EventFrames& frames) {
    const SubscriptionPtr keep(&subscription);
    send(frames.frame(subscription, legacy_values()), event_direction);
    subscription.state = State::deleted;
    subscription.tidy_rare();
    if (subscription.direct == 0)
        return;
    subscription.direct = 0;
    // The event first: with the answers the client may forget the resource.
    send_unsubscribe_event(subscription, res::errors::deleted());
    answer_pending(subscription);
    collect(subscription);
}

/// [EVT-12]
void Session::send_unsubscribe_event(Subscription& subscription, const res::Error& reason) {
    std::string data = R"({"reason":)";
    res::append_error(data, reason);
    data += '}';
    FrameBuilder builder;
    res::append_event(builder.text(), subscription.rid->text(), "unsubscribe", data);
    send(ws::text_frame(std::move(builder)), event_direction);
}

}  // namespace resgate::session
