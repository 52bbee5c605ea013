#include "base/json.h"
#include "cache/entry.h"

namespace resgate::cache {

namespace {

constexpr json::Value no_payload{json::Type::null, "null"};

bool changes_state(std::string_view event) {
    return event == "change" || event == "add" || event == "remove" || event == "delete";
}

}  // namespace

void Entry::on_message(std::string_view subject, std::string_view payload) {
    const std::string_view event = subject.substr(subject.rfind('.') + 1);
    if (!is_locked())
        return handle_event(event, payload);
    when_unlocked(event.size() + payload.size(),
                  [this, event = std::string(event), payload = std::string(payload)] {
                      handle_event(event, payload);
                  });
    bound_deferred();
}

/// The order of the checks is that of [SEV-1] to [SEV-7].
void Entry::handle_event(std::string_view event, std::string_view payload) {
    if (event == "query")
        return handle_query_event(payload);
    if (event == "reaccess")
        return reaccess(ResourceId::none);
    if (!base_)
        return;
    const auto parsed = payload.empty() ? std::optional(no_payload) : json::parse(payload);
    if (!parsed) {
        context_.log.error("Invalid " + std::string(event) + " event on " + std::string(name()) +
                           ": payload is not valid JSON");  // [LOG-1]
        return;
    }
    if (base_->is_loaded())
        apply_event(*base_, event, *parsed);
}

void Entry::apply_event(Resource& resource, std::string_view event, json::Value payload) {
    if (resource.is_resetting() && changes_state(event)) {
        resource.set_aside({std::string(event), std::string(payload.text)});
        return;
    }
    if (event == "delete")
        return delete_resource(resource, payload.text);
    if (event == "unsubscribe")  // [EVT-14]: only the gateway may say that
        return;
    bool legacy_change = false;
    const Applied applied = resource.apply(rid_of(resource), event, payload, legacy_change);
    if (legacy_change) {
        const std::string service(name().substr(0, name().find('.')));
        context_.once_log.error("change event v1.0 " + service,
                                "[DEPRECATED] Service " + service +
                                    " sends change events of RES protocol v1.0, without member "
                                    "values, on " +
                                    std::string(name()));  // [LOG-5]
    }
    if (!applied)
        context_.log.error(applied.error().text);
    else if (*applied)
        publish(resource, *applied);
}

void Entry::publish(const Resource& resource, const EventPtr& event) {
    for (LoopIndex loop = 0; loop < context_.loop_count; ++loop) {
        if (resource.subscribers()[loop] > 0)
            context_.loops.post(loop, ResourceEvent{resource.id(), event});
    }
}

void Entry::replace_content(Resource& resource, res::Content::Ptr content) {
    for (const EventPtr& event : resource.replace(rid_of(resource), std::move(content)))
        publish(resource, event);
}

/// [DEL-2], [UPD-8]: first it leaves the cache, then its subscribers are told.
void Entry::delete_resource(Resource& resource, std::string_view payload) {
    const EventPtr event = Event::deletion(rid_of(resource), payload, resource.snapshot());
    const Resource deleted = take_out(resource);
    publish(deleted, event);
    const std::size_t detached = deleted.subscriber_count();
    if (detached > 0)
        release(detached);
}

void Entry::reaccess(ResourceId resource, ThrottleId reset) {
    for (LoopIndex loop = 0; loop < context_.loop_count; ++loop)
        context_.loops.post(loop, Reaccess{std::string(name()), resource, reset});
}

}  // namespace resgate::cache
