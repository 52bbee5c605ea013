#include <string>

#include "base/json.h"
#include "base/utf8.h"
#include "other_json.h"
#include "target.h"

// The scanner must accept what another implementation accepts, and nothing else ([JSN-1], [JSN-9]);
// what it accepted can be walked, and survives being written anew ([VAL-8]).

namespace resgate::fuzz {
namespace {

void walk(json::Value value) {
    if (value.is_string()) {
        require(is_utf8(json::string_content(value)), "the content of a string is UTF-8");
    } else if (value.type == json::Type::number) {
        json::to_int64(value);
        json::to_uint64(value);
    } else if (value.is_array()) {
        json::Elements elements(value);
        for (json::Value element; elements.next(element);) {
            walk(element);
        }
    } else if (value.is_object()) {
        json::Members members(value);
        for (json::Member member; members.next(member);) {
            const std::string key = member.key();
            require(member.key_is(key), "a key has the name it says it has");
            require(json::find(value, key).has_value(), "every member can be found");
            walk(member.value);
        }
    }
}

}  // namespace

FUZZ_TARGET(json) {
    std::string text(input);
    sanitize_utf8(text);
    const auto value = json::parse(text);
    const OtherJson other(text);
    // The other one takes NUL for the end of the text and skips a byte order mark.
    const bool strange = text.find('\0') != std::string::npos || text.starts_with("\xef\xbb\xbf");
    if (strange) {
        require(!value, "neither NUL nor a byte order mark can be part of JSON");
    } else if (!other.undecided) {
        require(value.has_value() == (other.accepts && other.deepest <= json::max_depth),
                "both accept the same texts");
    }
    json::ObjectReader members(text);
    for (json::Member member; members.next(member);) {
        walk(member.value);
    }
    require(members.is_complete() == (value && value->is_object()),
            "one pass over an object sees what two see");
    if (value) {
        walk(*value);
        std::string compact;
        json::append_compact(compact, *value);
        const auto again = json::parse(compact);
        require(again && json::equivalent(*value, *again), "a compact text is equivalent");
        std::string twice;
        json::append_compact(twice, *again);
        require(twice == compact, "there is one compact text");
    }
}

}  // namespace resgate::fuzz
