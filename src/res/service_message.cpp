#include "res/service_message.h"

#include <algorithm>

#include "res/members.h"
#include "res/rid.h"

namespace resgate::res {
namespace {

/// A resource member; the rid is empty if absent.
struct Resource {
    std::string rid;
};

/// The members of a reply, each of the right type ([RPL-5]).
struct Envelope {
    std::optional<json::Value> result;  ///< null included
    std::optional<Error> error;
    std::optional<Resource> resource;
    Meta meta;
};

Error malformed() {
    return errors::internal("malformed service response");
}

Error missing_result() {
    return errors::internal("response missing result");
}

Error invalid_response() {
    return errors::internal("invalid service response");
}

/// [RPL-9]: a null array is an empty one ([HTTP-104]).
bool take_meta_header(json::Value object, Meta& meta) {
    json::Members members(object);
    std::vector<std::pair<std::string, json::Value>> last;
    for (json::Member member; members.next(member);) {
        const std::string name = member.key();
        const auto same =
            std::find_if(last.begin(), last.end(), [&](const auto& m) { return m.first == name; });
        if (same == last.end()) {
            last.emplace_back(name, member.value);
        } else {
            same->second = member.value;
        }
    }
    for (auto& [name, value] : last) {
        std::vector<std::string> values;
        if (!value.is_null() && !take_strings(value, values)) {
            return false;
        }
        meta.header.emplace_back(std::move(name), std::move(values));
    }
    return true;
}

bool take_meta(json::Value value, Meta& meta) {
    if (!value.is_object()) {
        return false;
    }
    if (const auto status = present_member(value, "status")) {
        meta.status = json::to_int64(*status);
        if (!meta.status) {
            return false;
        }
    }
    const auto header = present_member(value, "header");
    return !header || (header->is_object() && take_meta_header(*header, meta));
}

std::optional<Resource> decode_resource(json::Value value) {
    Resource resource;
    if (!value.is_object() || !take_string(present_member(value, "rid"), resource.rid)) {
        return std::nullopt;
    }
    return resource;
}

/// Nothing if the reply is invalid ([RPL-4]). `resource` is looked at for call and auth only.
std::optional<Envelope> open_reply(std::string_view payload, bool with_resource) {
    Envelope envelope;
    std::optional<json::Value> error;
    std::optional<json::Value> resource;
    std::optional<json::Value> meta;
    json::ObjectReader members(payload);
    for (json::Member member; members.next(member);) {  // the last of a name counts ([JSN-5])
        if (member.key_is("result")) {
            envelope.result = member.value;
        } else if (member.key_is("error")) {
            error = member.value;
        } else if (member.key_is("resource")) {
            resource = member.value;
        } else if (member.key_is("meta")) {
            meta = member.value;
        }
    }
    if (!members.is_complete()) {
        return std::nullopt;
    }
    if (error && !error->is_null()) {
        envelope.error = decode_error(*error);
        if (!envelope.error) {
            return std::nullopt;
        }
    }
    if (with_resource && resource && !resource->is_null()) {
        envelope.resource = decode_resource(*resource);
        if (!envelope.resource) {
            return std::nullopt;
        }
    }
    if (meta && !meta->is_null() && !take_meta(*meta, envelope.meta)) {
        return std::nullopt;
    }
    if (envelope.meta.status) {
        envelope.meta.error = envelope.error;
        if (envelope.resource && is_valid_rid(envelope.resource->rid)) {
            envelope.meta.resource = envelope.resource->rid;
        }
    }
    return envelope;
}

/// The result object of an access, get or query reply; absent if there is none ([RPL-7]). False if
/// it is of another type, which makes the reply invalid even if it has an error ([RPL-6]).
bool take_result(const Envelope& envelope, std::optional<json::Value>& result) {
    if (envelope.result && !envelope.result->is_null()) {
        result = envelope.result;
    }
    return !result || result->is_object();
}

std::optional<Access> decode_access(json::Value result) {
    const auto [get, call] = present_members(result, "get", "call");
    Access access;
    if ((get && get->type != json::Type::boolean) || !take_string(call, access.call)) {
        return std::nullopt;
    }
    access.get = get && get->is_true();
    return access;
}

using OptionalContent = boost::intrusive_ptr<Content>;

/// The content of the members `model` and `collection`, null if both are absent; fails if one has
/// the wrong type or an improper value, or if both are present.
Result<OptionalContent> decode_content(json::Value result) {
    const auto [model, collection] = present_members(result, "model", "collection");
    if ((model && !model->is_object()) || (collection && !collection->is_array()) ||
        (model && collection)) {
        return invalid_response();
    }
    if (model) {
        return Content::from_model(*model);
    }
    if (collection) {
        return Content::from_collection(*collection);
    }
    return OptionalContent();
}

/// [QRY-9]: what cannot be an event keeps an empty name.
QueryEvent decode_query_reply_event(json::Value entry) {
    QueryEvent event;
    if (!entry.is_object()) {
        return event;
    }
    std::string name;
    if (!take_string(present_member(entry, "event"), name) || name.empty() || name == "query") {
        return event;
    }
    event.name = std::move(name);
    if (const auto data = present_member(entry, "data")) {
        event.payload = data->text;
    }
    return event;
}

Result<QueryResult> decode_query_result(json::Value result) {
    auto content = decode_content(result);
    if (!content) {
        return content.error();
    }
    const auto events = present_member(result, "events");
    if (!events) {
        return *content ? QueryResult(std::move(*content)) : QueryResult();
    }
    if (!events->is_array() || *content) {
        return invalid_response();
    }
    std::vector<QueryEvent> decoded;
    json::Elements elements(*events);
    for (json::Value entry; elements.next(entry);) {
        decoded.push_back(decode_query_reply_event(entry));
    }
    return QueryResult(std::move(decoded));
}

}  // namespace

bool Access::permits_call(std::string_view method) const {
    if (call == "*") {
        return true;
    }
    std::string_view rest = call;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        if (rest.substr(0, comma) == method) {
            return true;
        }
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
    return false;
}

Reply<Access> decode_access_reply(std::string_view payload) {
    auto envelope = open_reply(payload, false);
    std::optional<json::Value> result;
    if (!envelope || !take_result(*envelope, result)) {
        return {malformed(), {}};
    }
    const auto access = result ? decode_access(*result) : Access{};
    if (!access) {
        return {malformed(), {}};
    }
    if (envelope->error) {
        return {std::move(*envelope->error), std::move(envelope->meta)};
    }
    if (!result) {
        return {missing_result(), std::move(envelope->meta)};
    }
    return {*access, std::move(envelope->meta)};
}

Result<GetResult> decode_get_reply(std::string_view payload) {
    auto envelope = open_reply(payload, false);
    std::optional<json::Value> result;
    if (!envelope || !take_result(*envelope, result)) {
        return malformed();
    }
    if (!result) {
        return envelope->error ? std::move(*envelope->error) : missing_result();
    }
    GetResult decoded;
    if (!take_string(present_member(*result, "query"), decoded.query)) {
        return malformed();
    }
    auto content = decode_content(*result);
    if (!content) {
        return content.error();
    }
    if (envelope->error) {
        return std::move(*envelope->error);
    }
    if (!*content) {
        return invalid_response();
    }
    decoded.content = std::move(*content);
    return decoded;
}

Reply<CallResult> decode_call_reply(std::string_view payload) {
    auto envelope = open_reply(payload, true);
    if (!envelope) {
        return {malformed(), {}};
    }
    Meta meta = std::move(envelope->meta);
    if (envelope->error) {
        return {std::move(*envelope->error), std::move(meta)};
    }
    if (envelope->resource) {
        if (!is_valid_rid(envelope->resource->rid)) {
            return {invalid_response(), {}};
        }
        return {CallResult(CallResource{std::move(envelope->resource->rid)}), std::move(meta)};
    }
    if (!envelope->result) {
        return {missing_result(), std::move(meta)};
    }
    return {CallResult(CallPayload{envelope->result->text}), std::move(meta)};
}

Result<QueryResult> decode_query_reply(std::string_view payload) {
    auto envelope = open_reply(payload, false);
    std::optional<json::Value> result;
    if (!envelope || !take_result(*envelope, result)) {
        return malformed();
    }
    if (!result) {
        return envelope->error ? std::move(*envelope->error) : missing_result();
    }
    auto decoded = decode_query_result(*result);
    if (decoded && envelope->error) {
        return std::move(*envelope->error);
    }
    return decoded;
}

std::optional<std::string> legacy_new_rid(std::string_view payload) {
    const auto object = parse_object(payload);
    if (!object) {
        return std::nullopt;
    }
    std::optional<json::Value> rid;
    json::Members members(*object);
    for (json::Member member; members.next(member);) {
        if (!member.key_is("rid")) {
            return std::nullopt;
        }
        rid = member.value;
    }
    if (!rid || !rid->is_string()) {
        return std::nullopt;
    }
    return json::string_content(*rid);
}

}  // namespace resgate::res
