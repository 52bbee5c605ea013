#include "session/sessions.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <variant>

#include <boost/container/small_vector.hpp>

namespace resgate::session {

namespace {

/// How many messages, from the first on, are events of one and the same resource that do not delete
/// it.
std::size_t count_events(std::span<const cache::LoopMessage> messages) {
    cache::ResourceId resource = cache::ResourceId::none;
    std::size_t count = 0;
    for (const cache::LoopMessage& message : messages) {
        const auto* const event = std::get_if<cache::ResourceEvent>(&message);
        if (!event || event->event->kind() == cache::Event::Kind::deletion)
            break;
        if (count > 0 && event->resource != resource)
            break;
        resource = event->resource;
        ++count;
    }
    return count;
}

}  // namespace

Sessions::Sessions(cache::LoopIndex loop, cache::HubPort& hub, Log& log, OnceLog& once_log,
                   Random random, std::size_t max_subscriptions, std::size_t max_held_bytes)
    : loop_(loop),
      hub_(hub),
      log_(log),
      once_log_(once_log),
      random_(std::move(random)),
      max_subscriptions_(max_subscriptions),
      max_held_bytes_(max_held_bytes) {}

Sessions::~Sessions() {
    sessions_.clear_and_dispose([](Session* session) {
        session->end();
        delete session;
    });
}

Session& Sessions::open(Client* client, Origin origin) {
    auto session = std::make_unique<Session>(*this, client, cache::Cid::make(loop_, random_),
                                             std::move(origin));
    sessions_.insert(*session);
    return *session.release();
}

void Sessions::close(Session& session) {
    session.end();
    sessions_.erase(session);
    delete &session;
}

cache::ThrottleId Sessions::next_tree() {
    // Unique among all loops.
    return (static_cast<cache::ThrottleId>(loop_) + 1) << 48 | next_serial();
}

void Sessions::handle(std::span<cache::LoopMessage> messages) {
    while (!messages.empty()) {
        const std::size_t events = count_events(messages);
        if (events > 0)
            dispatch(messages.first(events));
        else
            std::visit([this](auto& one) { on(std::move(one)); }, messages.front());
        close_retired();
        messages = messages.subspan(std::max<std::size_t>(events, 1));
    }
}

void Sessions::close_retired() {
    for (Session* const session : retired_)
        close(*session);
    retired_.clear();
}

void Sessions::await(Subscription& subscription) {
    assert(subscription.awaited() == 0);
    const cache::Serial serial = subscription.rare().awaited = next_serial();
    awaiting_.emplace(serial, &subscription);
}

void Sessions::stop_awaiting(Subscription& subscription) {
    if (subscription.awaited() != 0)
        awaiting_.erase(std::exchange(subscription.rare().awaited, 0));
}

SubscriptionPtr Sessions::take_awaiting(cache::Serial serial) {
    const auto found = awaiting_.find(serial);
    if (found == awaiting_.end())
        return nullptr;
    SubscriptionPtr subscription = std::move(found->second);
    awaiting_.erase(found);
    subscription->rare().awaited = 0;
    return subscription;
}

void Sessions::attach_name(Subscription& subscription, std::string_view name) {
    LocalName& local =
        names_.find_or_insert(name, [&]() -> LocalName& { return *new LocalName(name); });
    subscription.name = &local;
    subscription.name_index = static_cast<std::uint32_t>(local.subscriptions.size());
    local.subscriptions.push_back(&subscription);
}

void Sessions::detach_name(Subscription& subscription) {
    LocalName& local = *subscription.name;
    Subscription* const last = local.subscriptions.back();
    local.subscriptions[subscription.name_index] = last;
    last->name_index = subscription.name_index;
    local.subscriptions.pop_back();
    subscription.name = nullptr;
    if (local.subscriptions.empty()) {
        names_.erase(local);
        delete &local;
    }
}

void Sessions::attach_resource(Subscription& subscription, const cache::Loaded& loaded) {
    LocalResource& local = resources_.find_or_insert(
        loaded.resource, [&]() -> LocalResource& { return *new LocalResource(loaded.resource); });
    subscription.resource = &local;
    subscription.resource_index = static_cast<std::uint32_t>(local.subscribers.size());
    local.subscribers.push_back(&subscription);

    const std::string_view rid = subscription.rid->text();
    const std::string_view name = subscription.name->text();
    subscription.plain_rid = loaded.query.empty()
                                 ? rid == name
                                 : rid.size() == name.size() + 1 + loaded.query.size() &&
                                       rid.starts_with(name) && rid[name.size()] == '?' &&
                                       rid.ends_with(loaded.query);
}

void Sessions::detach_resource(Subscription& subscription) {
    LocalResource& local = *std::exchange(subscription.resource, nullptr);
    if (local.dispatching) {
        local.subscribers[subscription.resource_index] = nullptr;
        local.has_gaps = true;
        return;
    }
    Subscription* const last = local.subscribers.back();
    local.subscribers[subscription.resource_index] = last;
    last->resource_index = subscription.resource_index;
    local.subscribers.pop_back();
    if (local.subscribers.empty())
        drop(local);
}

void Sessions::drop(LocalResource& local) {
    resources_.erase(local);
    delete &local;
}

void Sessions::on(cache::Loaded&& message) {
    const SubscriptionPtr subscription = take_awaiting(message.subscription);
    if (!subscription)  // disposed meanwhile ([ENT-5])
        return post(cache::Detach{message.resource});
    attach_resource(*subscription, message);
    subscription->session.on_loaded(*subscription, message.content);
}

void Sessions::on(cache::LoadFailed&& message) {
    if (const SubscriptionPtr subscription = take_awaiting(message.subscription))
        subscription->session.on_load_failed(*subscription, std::move(message.error));
}

void Sessions::on(cache::Snapshot&& message) {
    if (const SubscriptionPtr subscription = take_awaiting(message.subscription))
        subscription->session.on_snapshot(*subscription, message.content);
}

/// The hub has detached all subscribers already ([UPD-8]). Here each one is until it is told: what
/// the event does to one may concern another.
void Sessions::on(cache::ResourceEvent&& deletion) {
    LocalResource* const found = resources_.find(deletion.resource);
    if (!found)
        return;
    EventFrames frames(*deletion.event, log_);
    resources_.erase(*found);
    const std::unique_ptr<LocalResource> local(found);
    local->dispatching = true;
    const std::vector<SubscriptionPtr> subscribers(local->subscribers.begin(),
                                                   local->subscribers.end());
    for (const SubscriptionPtr& subscription : subscribers) {
        if (subscription->resource != local.get())
            continue;
        subscription->resource = nullptr;
        subscription->session.on_event(*subscription, frames);
    }
}

/// Events of one resource. Each subscriber is told of all of them before the next one is, whose
/// objects are elsewhere in memory: with many clients, to fetch those is most of the work. Sessions
/// do not see each other, so none can tell.
void Sessions::dispatch(std::span<const cache::LoopMessage> events) {
    LocalResource* const found =
        resources_.find(std::get<cache::ResourceEvent>(events.front()).resource);
    if (!found)
        return;
    boost::container::small_vector<EventFrames, 8> all;
    all.reserve(events.size());
    for (const cache::LoopMessage& event : events)
        all.emplace_back(*std::get<cache::ResourceEvent>(event).event, log_);
    LocalResource& local = *found;
    local.dispatching = true;
    for (std::size_t i = 0; i < local.subscribers.size(); ++i) {
        for (EventFrames& frames : all) {
            Subscription* const subscription = local.subscribers[i];
            if (!subscription)  // it has left while others were told
                break;
            subscription->session.on_event(*subscription, frames);
        }
    }
    local.dispatching = false;
    if (!std::exchange(local.has_gaps, false))
        return;
    const auto gaps = std::remove(local.subscribers.begin(), local.subscribers.end(), nullptr);
    local.subscribers.erase(gaps, local.subscribers.end());
    for (std::size_t i = 0; i < local.subscribers.size(); ++i)
        local.subscribers[i]->resource_index = static_cast<std::uint32_t>(i);
    if (local.subscribers.empty())
        drop(local);
}

void Sessions::demand_rechecks(const LocalName& name, cache::ThrottleId reset) {
    const std::vector<SubscriptionPtr> subscriptions(name.subscriptions.begin(),
                                                     name.subscriptions.end());
    for (const SubscriptionPtr& subscription : subscriptions) {
        if (!subscription->disposed)
            subscription->session.demand_recheck(*subscription, reset);
    }
}

void Sessions::on(cache::Reaccess&& message) {
    if (message.resource == cache::ResourceId::none) {
        if (const LocalName* const name = names_.find(message.name))
            demand_rechecks(*name, message.reset);
        return;
    }
    const LocalResource* const local = resources_.find(message.resource);
    if (!local)
        return;
    const std::vector<SubscriptionPtr> subscribers(local->subscribers.begin(),
                                                   local->subscribers.end());
    for (const SubscriptionPtr& subscription : subscribers) {
        if (!subscription->disposed)
            subscription->session.demand_recheck(*subscription, 0);
    }
}

void Sessions::on(cache::AccessReset&& message) {
    std::vector<SubscriptionPtr> matching;
    for (const LocalName& name : names_) {
        if (message.locked && message.locked->contains(std::string(name.text())))
            continue;
        if (res::matches_any(*message.patterns, name.text()))
            matching.insert(matching.end(), name.subscriptions.begin(), name.subscriptions.end());
    }
    for (const SubscriptionPtr& subscription : matching) {
        if (!subscription->disposed)
            subscription->session.demand_recheck(*subscription, message.reset);
    }
}

void Sessions::on(cache::ServiceReply&& message) {
    const auto found = replies_.find(message.request);
    if (found == replies_.end())  // the session has ended ([DIS-2])
        return;
    Session& session = *found->second;
    replies_.erase(found);
    session.on_reply(message.request, message.outcome);
}

void Sessions::on(cache::ThrottleTurn&& message) {
    const auto found = turns_.find(message.subscription);
    assert(found != turns_.end());
    const SubscriptionPtr subscription = std::move(found->second);
    turns_.erase(found);
    if (subscription->disposed)
        return post(cache::ThrottlePass{message.reset});
    subscription->session.on_throttle_turn(*subscription, message.reset);
}

void Sessions::on(cache::TokenMessage&& message) {
    Session* const session = sessions_.find(message.cid);
    if (!session)
        return;
    if (log_.enabled(LogLevel::trace))
        log_.trace("=>> conn." + std::string(session->cid()) + ".token: " + message.payload);
    session->on_token(message.payload);
}

void Sessions::on(cache::TokenResetMessage&& message) {
    for (Session& session : sessions_)
        session.on_token_reset(*message.tids, message.subject);
}

}  // namespace resgate::session
