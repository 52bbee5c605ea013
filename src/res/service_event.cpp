#include <algorithm>
#include <functional>

#include "res/members.h"
#include "res/rid.h"
#include "res/service_message.h"

namespace resgate::res {
namespace {

Error malformed() {
    return errors::internal("malformed event");
}

/// The one object that a change event's payload wraps in `values`, nothing if the payload is of
/// the legacy form ([SEV-10]).
std::optional<json::Value> wrapped_values(json::Value payload) {
    std::optional<json::Value> values;
    json::Members members(payload);
    for (json::Member member; members.next(member);) {
        if (!member.key_is("values")) {
            return std::nullopt;
        }
        values = member.value;
    }
    return values && values->is_object() ? values : std::nullopt;
}

struct Property {
    std::string key;
    json::Value value;
};

/// Each property once, with its last value ([JSN-5]).
std::vector<Property> properties_of(json::Value map) {
    std::vector<Property> properties;
    json::Members members(map);
    for (json::Member member; members.next(member);) {
        properties.push_back({canonical_key(member), member.value});
    }
    const auto before = [](const Property& a, const Property& b) {
        const int order = a.key.compare(b.key);
        // Of equal keys the one written last comes first, and is the one that stays.
        return order != 0 ? order < 0 : std::greater<>()(a.value.text.data(), b.value.text.data());
    };
    std::sort(properties.begin(), properties.end(), before);
    const auto same = [](const Property& a, const Property& b) { return a.key == b.key; };
    properties.erase(std::unique(properties.begin(), properties.end(), same), properties.end());
    return properties;
}

/// Takes over the array of patterns, without the invalid ones ([PAT-2]).
bool take_patterns(const std::optional<json::Value>& member, std::vector<Pattern>& target) {
    std::vector<std::string> texts;
    if (!take_strings(member, texts)) {
        return false;
    }
    for (const std::string& text : texts) {
        if (auto pattern = Pattern::parse(text)) {
            target.push_back(std::move(*pattern));
        }
    }
    return true;
}

}  // namespace

Result<ChangePayload> decode_change(json::Value payload) {
    if (!payload.is_object()) {
        return malformed();
    }
    const auto values = wrapped_values(payload);
    ChangePayload change;
    change.legacy = !values;
    for (Property& property : properties_of(values.value_or(payload))) {
        const auto value = classify(property.value);
        if (!value) {
            return value.error();
        }
        change.values.push_back({std::move(property.key), *value});
    }
    return change;
}

Result<AddPayload> decode_add(json::Value payload) {
    AddPayload add;
    if (!payload.is_object() || !take_integer(present_member(payload, "idx"), add.index)) {
        return malformed();
    }
    // Here null is a value like any other ([VAL-1]).
    const auto member = json::find(payload, "value");
    if (!member) {
        return errors::internal("invalid value");
    }
    const auto value = classify(*member);
    if (!value) {
        return value.error();
    }
    if (value->kind == ValueKind::delete_action) {
        return errors::internal("invalid value");
    }
    add.value = *value;
    return add;
}

Result<std::int64_t> decode_remove(json::Value payload) {
    std::int64_t index = 0;
    if (!payload.is_object() || !take_integer(present_member(payload, "idx"), index)) {
        return malformed();
    }
    return index;
}

Result<std::string> decode_query_event(std::string_view payload) {
    const auto object = parse_object(payload);
    std::string subject;
    if (!object || !take_string(present_member(*object, "subject"), subject) ||
        !is_usable_subject(subject)) {
        return malformed();
    }
    return subject;
}

Result<TokenEvent> decode_token_event(std::string_view payload) {
    const auto value = json::parse(payload);
    if (!value || !(value->is_object() || value->is_null())) {
        return malformed();
    }
    TokenEvent event;
    if (value->is_null()) {
        return event;
    }
    if (!take_string(present_member(*value, "tid"), event.tid)) {
        return malformed();
    }
    if (const auto token = json::find(*value, "token")) {
        event.token = std::string(token->text);
    }
    return event;
}

Result<SystemReset> decode_system_reset(std::string_view payload) {
    SystemReset reset;
    if (payload.empty()) {
        return reset;
    }
    const auto value = json::parse(payload);
    if (value && value->is_null()) {
        return reset;
    }
    if (!value || !value->is_object() ||
        !take_patterns(present_member(*value, "resources"), reset.resources) ||
        !take_patterns(present_member(*value, "access"), reset.access)) {
        return malformed();
    }
    return reset;
}

Result<TokenReset> decode_token_reset(std::string_view payload) {
    const auto object = parse_object(payload);
    TokenReset reset;
    if (!object || !take_strings(present_member(*object, "tids"), reset.tids) ||
        !take_string(present_member(*object, "subject"), reset.subject) ||
        !is_usable_subject(reset.subject)) {
        return malformed();
    }
    return reset;
}

}  // namespace resgate::res
