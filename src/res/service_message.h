#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "res/content.h"
#include "res/error.h"
#include "res/pattern.h"
#include "res/value.h"

/// Decoding of everything services send (part 30); replies in service_message.cpp, events in
/// service_event.cpp. Payloads must be well-formed UTF-8 (sanitized
/// on arrival, [JSN-10]). Views point into the payload.
namespace resgate::res {

/// The `meta` of a reply ([RPL-9], [HTTP-101]), honoured for HTTP only.
struct Meta {
    std::optional<std::int64_t> status;
    std::vector<std::pair<std::string, std::vector<std::string>>> header;
    // What a direct response is made of ([HTTP-107], [HTTP-108]); given together with a status
    // only.
    std::optional<Error> error;  ///< the reply's `error` member
    std::string resource;        ///< rid of its `resource` member, even beside an error; or empty
};

/// What an access reply permits ([ACR-1] to [ACR-3]).
struct Access {
    bool get = false;
    std::string call;

    bool permits_call(std::string_view method) const;
};

/// A reply in general: its outcome and its meta. An invalid reply fails with
/// `system.internalError` and has no meta ([RPL-4] to [RPL-9]); one that only lacks its result
/// fails likewise and keeps it.
template <typename T>
struct Reply {
    Result<T> outcome;
    Meta meta;
};

struct GetResult {
    boost::intrusive_ptr<Content> content;
    std::string query;  ///< the normalized query, empty if none ([NRM-1])
};

/// The outcome of call and auth: a raw payload, or a resource.
struct CallPayload {
    std::string_view text;  ///< of the reply
};

struct CallResource {
    std::string rid;  ///< as the service wrote it
};

using CallResult = std::variant<CallPayload, CallResource>;

struct QueryEvent {
    std::string name;
    std::string payload;  ///< raw JSON, empty if absent
};

/// What a query reply says ([QRY-7]): nothing, events, or the resource's state. An entry of
/// `events` that is unusable is kept as an event with an empty name ([QRY-9]).
using QueryResult =
    std::variant<std::monostate, std::vector<QueryEvent>, boost::intrusive_ptr<Content>>;

Reply<Access> decode_access_reply(std::string_view payload);
Result<GetResult> decode_get_reply(std::string_view payload);
/// Replies to call and auth ([RPL-5] to [RPL-8], [CLR-1]).
Reply<CallResult> decode_call_reply(std::string_view payload);
Result<QueryResult> decode_query_reply(std::string_view payload);

/// The rid of a payload that has the legacy form of a resource reply ([NWR-1]); it may be invalid.
std::optional<std::string> legacy_new_rid(std::string_view payload);

struct PropertyUpdate {
    std::string key;  ///< canonical, see `canonical_key`
    ValueView value;  ///< proper value or delete action
};

struct ChangePayload {
    std::vector<PropertyUpdate> values;  ///< each key once, the last occurrence ([JSN-5])
    bool legacy = false;                 ///< [SEV-10]
};

/// [SEV-9], [SEV-10]
Result<ChangePayload> decode_change(json::Value payload);

struct AddPayload {
    std::int64_t index = 0;
    ValueView value;
};

/// [SEV-12]; the bounds are for the caller to check.
Result<AddPayload> decode_add(json::Value payload);
/// [SEV-15]; the bounds are for the caller to check.
Result<std::int64_t> decode_remove(json::Value payload);

/// The subject of a query event ([QRY-3]).
Result<std::string> decode_query_event(std::string_view payload);

struct TokenEvent {
    std::optional<std::string> token;  ///< raw JSON; nothing = unset ([COE-4])
    std::string tid;                   ///< empty = none
};

/// [COE-2] to [COE-6]
Result<TokenEvent> decode_token_event(std::string_view payload);

struct SystemReset {
    std::vector<Pattern> resources;
    std::vector<Pattern> access;
};

/// [SYS-2], [SYS-3]; invalid patterns are left out ([PAT-2]).
Result<SystemReset> decode_system_reset(std::string_view payload);

struct TokenReset {
    std::vector<std::string> tids;
    std::string subject;
};

/// [SYS-7], [SYS-8]
Result<TokenReset> decode_token_reset(std::string_view payload);

}  // namespace resgate::res
