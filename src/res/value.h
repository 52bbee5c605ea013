#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "res/error.h"

namespace resgate::res {

/// The classes of [VAL-1]. A delete action is no proper value ([VAL-2]).
enum class ValueKind : std::uint8_t { primitive, reference, soft_reference, data, delete_action };

/// A value and its class. `text` is valid JSON as clients at version 1.2.1 and later see it: the
/// text of the service, except that a data value with primitive content is that primitive
/// ([VAL-4], [VAL-5]). Points into somebody else's text.
struct ValueView {
    ValueKind kind = ValueKind::primitive;
    std::string_view text;

    bool is_reference() const { return kind == ValueKind::reference; }
};

/// A value that owns its text.
struct Value {
    ValueKind kind = ValueKind::primitive;
    std::string text;

    Value() = default;

    explicit Value(ValueView view) : kind(view.kind), text(view.text) {}

    operator ValueView() const { return {kind, text}; }
};

/// Classifies a model property, collection element, changed or added value ([VAL-1]). The error is
/// `system.internalError` with the message of the table below the rule.
Result<ValueView> classify(json::Value value);

/// [VAL-7], [VAL-8]
bool equal(ValueView a, ValueView b);

/// The rid of a reference or soft reference, escapes resolved.
std::string rid_of(ValueView reference);
/// The same, as a view of the reference's text or of `storage`.
std::string_view rid_of(ValueView reference, std::string& storage);

/// Appends the substitute of [LEG-3] for clients below 1.2.1: the rid of a soft reference as a
/// string, "[Data]" for a data value, the text itself for everything else.
void append_legacy_value(std::string& out, ValueView value);

/// The delete action as the gateway writes it.
inline constexpr std::string_view delete_action_text = R"({"action":"delete"})";

}  // namespace resgate::res
