#include <cassert>

#include "cache/entry.h"
#include "res/service_message.h"
#include "res/service_request.h"

namespace resgate::cache {

namespace {

/// How long to wait before a reset get is sent again that had to succeed ([RST-6]).
constexpr std::chrono::milliseconds reset_retry_delay{1000};

}  // namespace

void Entry::reset(ThrottleId reset) {
    when_unlocked(0, [this, reset] {
        if (base_)
            reset_resource(*base_, reset);
        if (queries_) {
            for (auto& [query, resource] : queries_->resources)
                reset_resource(resource, reset);
        }
    });
}

void Entry::reset_access(ThrottleId reset) {
    when_unlocked(0, [this, reset] { reaccess(ResourceId::none, reset); });
}

void Entry::reset_resource(Resource& resource, ThrottleId reset) {
    if (resource.is_resetting())  // [RST-2]
        return;
    resource.begin_reset();
    context_.reset_throttles.run(reset, [&context = context_, id = resource.id(), reset] {
        send_reset_get(context, id, reset);
    });
}

void Entry::send_reset_get(Context& context, ResourceId id, ThrottleId reset) {
    const auto [entry, resource] = context.place(id);
    if (!resource)
        return context.reset_throttles.settle(reset);
    context.bus.request(RequestType::get, entry->get_subject(), res::get_payload(resource->query()),
                        context.settings.request_timeout, [&context, id, reset](Outcome&& outcome) {
                            context.reset_throttles.settle(reset);
                            Entry* const owner = context.place(id).entry;
                            if (!owner)  // [RST-12]
                                return;
                            const std::size_t bytes = outcome.payload.size();
                            const bool done = owner->when_unlocked(
                                bytes, [owner, id, outcome = std::move(outcome)] {
                                    owner->on_reset_reply(id, outcome);
                                });
                            if (!done)
                                owner->bound_deferred();
                        });
}

void Entry::on_reset_reply(ResourceId id, const Outcome& outcome) {
    Resource* const resource = context_.place(id).resource;
    if (!resource)
        return;
    if (!resource->is_loaded()) {  // [RST-11]: the reply to the first get is newer
        resource->end_reset();
        return;
    }
    if (outcome.kind != Outcome::Kind::reply)  // [Q50-3]: no responders is no proof of deletion
        return reset_failed(id, "no reply");
    auto reply = res::decode_get_reply(outcome.payload);
    if (!reply) {
        if (reply.error().code == res::code_not_found)
            return delete_resource(*resource, "null");
        return reset_failed(id, reply.error().message);
    }
    if (reply->content->is_model() != resource->is_model())
        return reset_failed(id, "type mismatch");
    resource->end_reset();
    replace_content(*resource, std::move(reply->content));
}

/// The events that the reply would have covered take effect now ([RST-9], [DEC-7]); if there were
/// too many of them, only a successful get can help ([RST-6]).
void Entry::reset_failed(ResourceId id, std::string_view reason) {
    Resource& resource = *context_.place(id).resource;
    context_.log.error("Failed to reset " + rid_of(resource) + ": " +
                       std::string(reason));  // [LOG-9]
    if (resource.reset_overflowed()) {
        context_.timers.start(reset_retry_delay,
                              [&context = context_, id] { send_reset_get(context, id, 0); });
        return;
    }
    const auto reset = resource.end_reset();
    assert(reset);
    pin();  // a delete among the events must not end the entry here
    for (const Resource::SetAside& event : reset->events) {
        if (!context_.place(id).resource)
            break;
        if (event.event.empty())
            apply_query_reply(id, event.payload);
        else
            apply_event(resource, event.event, *json::parse(event.payload));
    }
    unpin();
}

}  // namespace resgate::cache
