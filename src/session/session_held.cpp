#include <utility>

#include "session/session.h"
#include "session/sessions.h"

// Events held back for the client, and how much they may be ([LMT-15]). Each counts as if nobody
// else had it.

namespace resgate::session {

namespace {

/// Whether the event may be in the content with which its resource is delivered, and not be sent
/// ([SND-4]).
bool can_be_absorbed(const cache::Event& event) {
    return event.changes_content() && event.kind() != cache::Event::Kind::deletion &&
           !event.touches_references();
}

}  // namespace

void Session::hold_back(Subscription& subscription, const cache::Event& event) {
    if (!client_)  // there is nobody to send it to, ever
        return;
    bound_held();
    work().event_bytes += event.footprint();
    subscription.rare().queue.emplace_back(&event);
}

cache::EventPtr Session::take_held(Subscription::Rare& rare) {
    cache::EventPtr event = std::move(rare.queue.front());
    rare.queue.pop_front();
    work().event_bytes -= event->footprint();
    return event;
}

void Session::drop_held(Subscription::Rare& rare) {
    for (const cache::EventPtr& event : rare.queue)
        work().event_bytes -= event->footprint();
    rare.queue.clear();
}

/// Looked at before an event is held back, so that one of any size can be. If what can be absorbed
/// is not the most of it, the client is given up: its resources would not be what services say if
/// an event was dropped. (Half: so that looking through all subscriptions is worth it.)
void Session::bound_held() {
    const std::size_t limit = sessions_.max_held_bytes_;
    if (limit == 0 || work().event_bytes <= limit)
        return;
    for (const SubscriptionPtr& subscription : subscriptions_.items())
        absorb_held(*subscription);
    if (work().event_bytes > limit / 2)
        client_->give_up();
}

/// The subscription takes its content anew where the client has none yet, instead of the events
/// that lead there.
void Session::absorb_held(Subscription& subscription) {
    Subscription::Rare* const rare = subscription.rare_if_any();
    if (!rare || subscription.state != Subscription::State::loaded || !subscription.resource ||
        subscription.awaits_snapshot || rare->queue.empty() ||
        !can_be_absorbed(*rare->queue.front()))
        return;
    while (!rare->queue.empty() && can_be_absorbed(*rare->queue.front()))
        take_held(*rare);
    request_snapshot(subscription);
}

}  // namespace resgate::session
