#include "cache/entry.h"

#include <cassert>
#include <utility>

#include "res/service_message.h"
#include "res/service_request.h"

namespace resgate::cache {

namespace {

RequestType type_of(RequestKind kind) {
    switch (kind) {
        case RequestKind::access:
            return RequestType::access;
        case RequestKind::call:
            return RequestType::call;
        case RequestKind::auth:
        case RequestKind::token_reset:
            break;
    }
    return RequestType::auth;
}

}  // namespace

Entry::~Entry() {
    context_.timers.cancel(linger_);
    cancel_event_subscription();
    if (is_locked())
        queries_->lock->entry = nullptr;
    if (base_)
        context_.resources.erase(*base_);
    if (queries_) {
        for (auto& [query, resource] : queries_->resources)
            context_.resources.erase(resource);
    }
}

void Entry::retain() {
    ++uses_;
    ++context_.uses;
    if (linger_ != TimerId::none) {
        context_.timers.cancel(linger_);
        linger_ = TimerId::none;
    }
}

void Entry::release(std::size_t uses) {
    assert(uses <= uses_);
    uses_ -= uses;
    context_.uses -= uses;
    linger_if_unused();
}

void Entry::unpin() {
    --uses_;
    linger_if_unused();
}

void Entry::linger_if_unused() {
    if (uses_ > 0)
        return;
    if (context_.settings.unsubscribe_delay.count() == 0)
        return end();
    if (linger_ == TimerId::none)
        linger_ = context_.timers.start(context_.settings.unsubscribe_delay, [this] { end(); });
}

/// [SUBJ-7]: what never made it to the messaging system does not linger.
void Entry::release_without_trace(std::size_t uses) {
    if (is_subscribed() || uses_ > uses)
        return release(uses);
    uses_ -= uses;
    context_.uses -= uses;
    end();
}

void Entry::end() {
    context_.entries.remove(*this);
}

bool Entry::make_event_subscription() {
    if (!is_subscribed())
        context_.bus.subscribe(event_subject(), *this);
    return is_subscribed();
}

void Entry::cancel_event_subscription() {
    if (is_subscribed())
        context_.bus.unsubscribe(event_subject(), *this);
}

Resource* Entry::find(std::string_view query) {
    if (query.empty() && base_)
        return &*base_;
    if (!queries_)
        return nullptr;
    if (const auto found = queries_->resources.find(query); found != queries_->resources.end())
        return &found->second;
    if (const auto found = queries_->aliases.find(query); found != queries_->aliases.end())
        return found->second;
    return nullptr;
}

Resource& Entry::create(std::string_view query) {
    const auto id = static_cast<ResourceId>(++context_.last_resource_id);
    return put_in(Resource(this, id, query, context_.loop_count));
}

Resource& Entry::put_in(Resource&& resource) {
    std::string query(resource.query());
    Resource& place =
        query.empty()
            ? base_.emplace(std::move(resource))
            : queries().resources.emplace(std::move(query), std::move(resource)).first->second;
    context_.resources.insert(place);
    return place;
}

Entry::Queries& Entry::queries() {
    if (!queries_)
        queries_ = std::make_unique<Queries>();
    return *queries_;
}

void Entry::tidy_queries() {
    if (queries_ && queries_->empty())
        queries_.reset();
}

/// Takes a resource out of the cache, with the aliases that point to it ([NRM-7]).
Resource Entry::take_out(Resource& resource) {
    context_.resources.erase(resource);
    if (queries_)
        std::erase_if(queries_->aliases,
                      [&](const auto& alias) { return alias.second == &resource; });
    const bool is_base = base_ && &resource == &*base_;
    Resource taken = std::move(resource);
    if (is_base)
        base_.reset();
    else
        queries_->resources.erase(queries_->resources.find(taken.query()));
    tidy_queries();
    return taken;
}

std::string Entry::rid_of(const Resource& resource) const {
    std::string rid(name());
    if (!resource.query().empty()) {
        rid += '?';
        rid += resource.query();
    }
    return rid;
}

std::string_view Entry::subject(std::string_view prefix, std::string_view suffix) const {
    std::string& text = context_.subject;
    text = prefix;
    text += name();
    text += suffix;
    return text;
}

void Entry::attach(LoopIndex loop, Attach&& need) {
    retain();
    const std::size_t bytes = need.name.size() + need.query.size();
    when_unlocked(bytes, [this, loop, need = std::move(need)]() mutable {
        const WaitingSubscription waiting{loop, need.subscription};
        if (!make_event_subscription()) {
            context_.loops.post(loop,
                                LoadFailed{need.subscription, res::errors::subject_too_long()});
            return release_without_trace();
        }
        Resource* resource = find(need.query);
        if (resource && resource->is_loaded())
            return deliver(*resource, waiting);
        const bool pending = resource != nullptr;
        if (!pending)
            resource = &create(need.query);
        resource->add_waiting(waiting);
        if (!pending)
            fetch(resource->id(), need.tree);
    });
}

void Entry::deliver(Resource& resource, WaitingSubscription to) {
    resource.add_subscriber(to.loop);
    context_.loops.post(to.loop, Loaded{to.subscription, resource.id(),
                                        std::string(resource.query()), resource.snapshot()});
}

void Entry::fetch(ResourceId id, ThrottleId tree) {
    context_.reference_throttles.run(tree, [&context = context_, id, tree] {
        const auto [entry, resource] = context.place(id);
        if (!resource || resource->is_loaded())  // served from another reply meanwhile ([NRM-3])
            return context.reference_throttles.settle(tree);
        context.bus.request(RequestType::get, entry->get_subject(),
                            res::get_payload(resource->query()), context.settings.request_timeout,
                            [&context, id, tree](Outcome&& outcome) {
                                context.reference_throttles.settle(tree);
                                if (Entry* const owner = context.place(id).entry)
                                    owner->on_fetched(id, std::move(outcome));
                            });
    });
}

void Entry::on_fetched(ResourceId id, Outcome&& outcome) {
    const std::size_t bytes = outcome.payload.size();
    const bool done = when_unlocked(bytes, [this, id, outcome = std::move(outcome)]() mutable {
        Resource* const resource = context_.place(id).resource;
        if (!resource || resource->is_loaded())
            return;
        if (outcome.kind == Outcome::Kind::subject_too_long)
            cancel_event_subscription();  // no resource of this name can ever be there ([SUBJ-7])
        if (outcome.kind != Outcome::Kind::reply)
            return fail(*resource, failure_of(outcome.kind));
        auto reply = res::decode_get_reply(outcome.payload);
        if (!reply)
            return fail(*resource, reply.error());
        load(*resource, std::move(reply->content), reply->query);
    });
    if (!done)
        bound_deferred();
}

/// Error replies are not cached ([ENT-9]). May end the entry.
void Entry::fail(Resource& resource, const res::Error& error) {
    const auto waiting = take_out(resource).take_waiting();
    for (const WaitingSubscription& one : waiting)
        context_.loops.post(one.loop, LoadFailed{one.subscription, error});
    release_without_trace(waiting.size());
}

/// Stores the content of a get reply under its normalized query and serves who waits for it
/// ([NRM-2], [NRM-3]).
void Entry::load(Resource& requested, res::Content::Ptr content, std::string_view query) {
    Resource* resource = &requested;
    Resource::Waiting waiting = requested.take_waiting();
    if (query != requested.query()) {
        std::string alias(requested.query());
        resource = find(query);
        Resource taken = take_out(requested);
        if (!resource) {
            // The same resource under another query, so that a reset of it goes on ([RST-11]).
            taken.rename(query);
            resource = &put_in(std::move(taken));
        }
        queries().aliases.emplace(std::move(alias), resource);
    }
    if (!resource->is_loaded()) {
        resource->load(std::move(content));
        const auto earlier = resource->take_waiting();
        waiting.insert(waiting.begin(), earlier.begin(), earlier.end());
    }
    for (const WaitingSubscription& one : waiting)
        deliver(*resource, one);
}

void Entry::detach(LoopIndex loop, ResourceId id) {
    Resource* const resource = context_.place(id).resource;
    resource->remove_subscriber(loop);
    // [ENT-8]: query resources do not linger.
    if (!resource->query().empty() && resource->subscriber_count() == 0)
        take_out(*resource);
    release();
}

void Entry::take_snapshot(LoopIndex loop, const TakeSnapshot& request) {
    context_.loops.post(loop, Snapshot{request.subscription,
                                       context_.place(request.resource).resource->snapshot()});
}

void Entry::request(LoopIndex loop, const ServiceRequest& request) {
    retain();
    context_.bus.request(
        type_of(request.kind), request.subject(), request.payload(),
        context_.settings.request_timeout,
        [this, loop, serial = request.request, reset = request.reset](Outcome&& outcome) {
            context_.reset_throttles.settle(reset);
            const std::size_t bytes = outcome.payload.size();
            const bool done =
                when_unlocked(bytes, [this, loop, serial, outcome = std::move(outcome)]() mutable {
                    const bool unsent = outcome.kind == Outcome::Kind::subject_too_long;
                    context_.loops.post(loop, ServiceReply{serial, std::move(outcome)});
                    if (unsent)
                        release_without_trace();
                    else
                        release();
                });
            if (!done)
                bound_deferred();
        });
}

}  // namespace resgate::cache
