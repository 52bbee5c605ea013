#include <string>
#include <utility>
#include <variant>

#include "cache/entry.h"
#include "res/rid.h"
#include "res/service_message.h"
#include "res/service_request.h"

namespace resgate::cache {

namespace {

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

}  // namespace

void Entry::handle_query_event(std::string_view payload) {
    if (!queries_ || queries_->resources.empty())  // [QRY-2]
        return;
    const auto subject = res::decode_query_event(payload);
    if (!subject) {
        context_.log.error("Invalid query event on " + std::string(name()) + ": " +
                           subject.error().message);  // [LOG-7]
        return;
    }
    auto lock = std::make_shared<Lock>(Lock{this, {}});
    for (const auto& [query, resource] : queries_->resources) {
        if (!resource.is_loaded())  // [QRY-4]
            continue;
        lock->unsettled.insert(resource.id());
        context_.bus.request(RequestType::query, *subject, res::get_payload(query),
                             context_.settings.request_timeout,
                             [lock, id = resource.id()](Outcome&& outcome) {
                                 if (lock->entry)
                                     lock->entry->on_query_reply(id, std::move(outcome));
                             });
    }
    if (!lock->unsettled.empty())  // [QEV-3]
        queries_->lock = std::move(lock);
}

/// May end the entry.
void Entry::on_query_reply(ResourceId id, Outcome&& outcome) {
    pin();  // the entry must outlast the end of the lock
    if (outcome.kind == Outcome::Kind::reply && context_.place(id).resource)
        apply_query_reply(id, outcome.payload);  // other outcomes: [QRY-12]
    queries_->lock->unsettled.erase(id);
    if (queries_->lock->unsettled.empty())
        unlock();
    unpin();
}

/// [QEV-6]: what waits takes effect without the replies it waits for. In their stead gets are sent,
/// which have to succeed, as events set aside beyond measure are made up for ([RST-6]).
void Entry::bound_deferred() {
    if (!is_locked() || queries_->deferred_bytes <= context_.settings.locked_bytes)
        return;
    ++context_.locks_given_up;
    const std::string service(name().substr(0, name().find('.')));
    context_.once_log.error("lock given up " + service,
                            "Too much to do waits for query requests of " + std::string(name()) +
                                ": its query resources are reset instead");  // [LOG-14]
    pin();
    const auto lock = std::exchange(queries_->lock, nullptr);
    lock->entry = nullptr;  // replies are too late
    for (const ResourceId id : lock->unsettled) {
        if (Resource* const resource = context_.place(id).resource) {
            reset_resource(*resource, 0);
            resource->overflow_reset();
        }
    }
    unlock();
    unpin();
}

/// What waited takes effect in the order of arrival, up to the next query event ([QEV-1]).
void Entry::unlock() {
    queries_->lock.reset();
    while (!is_locked() && queries_ && !queries_->deferred.empty()) {
        const Deferred next = std::move(queries_->deferred.front());
        queries_->deferred.pop_front();
        queries_->deferred_bytes -= next.bytes;
        next.action();
    }
    tidy_queries();
}

void Entry::apply_query_reply(ResourceId id, std::string_view payload) {
    Resource& resource = *context_.place(id).resource;
    const auto invalid = [&](std::string_view reason) {  // [LOG-8]
        context_.log.error("Invalid query reply for " + rid_of(resource) + ": " +
                           std::string(reason));
    };
    auto reply = res::decode_query_reply(payload);
    if (!reply && reply.error().code != res::code_not_found)
        return invalid(reply.error().message);
    const bool is_events = reply && std::holds_alternative<std::vector<res::QueryEvent>>(*reply);
    if (resource.is_resetting() && !is_events)
        return resource.set_aside({"", std::string(payload)});  // [QRY-10], [RST-6]
    if (!reply)
        return delete_resource(resource, "null");  // [QRY-11]

    std::visit(
        Overloaded{
            [](std::monostate) {},
            [&](boost::intrusive_ptr<res::Content>& content) {
                if (content->type() != (resource.is_model() ? res::ResourceType::model
                                                            : res::ResourceType::collection))
                    return invalid("type mismatch");
                replace_content(resource, std::move(content));
            },
            [&](std::vector<res::QueryEvent>& events) {
                for (const res::QueryEvent& event : events) {
                    if (!context_.place(id).resource)  // deleted by the event before ([QRY-9])
                        return;
                    if (event.name.empty() || event.name == "query") {
                        invalid("unusable event");
                    } else if (event.name == "reaccess") {
                        reaccess(id);
                    } else {
                        // An event without payload is one with null ([QRY-9]).
                        const std::string_view data =
                            event.payload.empty() ? std::string_view("null") : event.payload;
                        apply_event(resource, event.name, *json::parse(data));
                    }
                }
            }},
        *reply);
}

}  // namespace resgate::cache
