#include <string>

#include "base/json.h"
#include "base/utf8.h"
#include "input.h"
#include "res/client_message.h"
#include "res/pre_response.h"
#include "res/rid.h"
#include "res/service_message.h"
#include "target.h"

// Anything may come from a service; what goes on to clients is valid JSON all the same.

namespace resgate::fuzz {
namespace {

void require_json(const std::string& text) {
    require(json::parse(text).has_value(), "texts for clients are JSON");
}

template <typename T>
void check_outcome(const res::Result<T>& outcome) {
    if (!outcome.ok()) {
        std::string text;
        res::append_error_response(text, outcome.error(), 1);
        require_json(text);
    }
}

void check_content(const res::Content& content) {
    for (const bool legacy : {false, true}) {
        res::ResourceSet set(legacy);
        set.add("test.model", content);
        std::string text = "{";
        set.append_members(text, false);
        require_json(text + "}");
    }
    content.for_each_reference([](std::string_view rid) {
        require(res::is_valid_rid(rid), "references have valid rids ([VAL-1])");
    });
}

/// Applies a change, an addition and a removal to copies, as the cache would.
void check_events(const res::Content& content, json::Value payload) {
    const auto change = res::decode_change(payload);
    check_outcome(change);
    if (change && content.is_model()) {
        auto changed = content.copy();
        for (const res::PropertyUpdate& update : change->values) {
            if (update.value.kind == res::ValueKind::delete_action) {
                res::Content::erase(changed, update.key);
            } else {
                res::Content::set(changed, update.key, update.value);
            }
        }
        check_content(*changed);
    }
    const auto add = res::decode_add(payload);
    check_outcome(add);
    const auto removal = res::decode_remove(payload);
    check_outcome(removal);
    if (content.is_model()) {
        return;
    }
    auto edited = content.copy();
    const auto in_bounds = [](std::int64_t index, std::size_t end) {
        return index >= 0 && static_cast<std::size_t>(index) < end;
    };
    if (add && in_bounds(add->index, edited->size() + 1)) {
        res::Content::insert(edited, static_cast<std::size_t>(add->index), add->value);
    }
    if (removal && in_bounds(*removal, edited->size())) {
        res::Content::remove(edited, static_cast<std::size_t>(*removal));
    }
    check_content(*edited);
}

}  // namespace

// First line: a reply; the rest: an event.
FUZZ_TARGET(service_message) {
    Input lines(input);
    std::string reply(lines.line());
    std::string event(lines.rest());
    sanitize_utf8(reply);
    sanitize_utf8(event);

    if (res::is_pre_response(reply)) {
        res::requested_timeout(reply);
    }
    check_outcome(res::decode_access_reply(reply).outcome);
    check_outcome(res::decode_query_reply(reply));
    res::legacy_new_rid(reply);
    const auto call = res::decode_call_reply(reply);
    check_outcome(call.outcome);
    if (call.outcome) {
        if (const auto* payload = std::get_if<res::CallPayload>(&*call.outcome)) {
            std::string text;
            res::begin_result(text);
            text += payload->text;
            res::end_result(text, 1);
            require_json(text);
        }
    }

    check_outcome(res::decode_query_event(event));
    check_outcome(res::decode_token_event(event));
    check_outcome(res::decode_system_reset(event));
    check_outcome(res::decode_token_reset(event));
    const auto resource = res::decode_get_reply(reply);
    check_outcome(resource);
    if (resource) {
        check_content(*resource->content);
        if (const auto payload = json::parse(event)) {
            check_events(*resource->content, *payload);
        }
    }
}

}  // namespace resgate::fuzz
