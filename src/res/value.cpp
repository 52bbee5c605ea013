#include "res/value.h"

#include <optional>

#include "res/rid.h"

namespace resgate::res {
namespace {

/// The members that say what an object is; the last occurrence of each ([JSN-5]).
struct Marks {
    std::optional<json::Value> rid;
    std::optional<json::Value> soft;
    std::optional<json::Value> action;
    std::optional<json::Value> data;
};

Marks marks_of(json::Value object) {
    Marks marks;
    json::Members members(object);
    for (json::Member member; members.next(member);) {
        if (member.key_is("rid")) {
            marks.rid = member.value;
        } else if (member.key_is("soft")) {
            marks.soft = member.value;
        } else if (member.key_is("action")) {
            marks.action = member.value;
        } else if (member.key_is("data")) {
            marks.data = member.value;
        }
    }
    return marks;
}

bool is_present(const std::optional<json::Value>& member) {
    return member && !member->is_null();
}

bool is_absent_or(const std::optional<json::Value>& member, json::Type type) {
    return !is_present(member) || member->type == type;
}

Error invalid(std::string_view detail) {
    return errors::internal(std::string("invalid value").append(detail));
}

Error ambiguous() {
    return invalid(": ambiguous value type");
}

Result<ValueView> classify_reference(const Marks& marks, std::string_view text) {
    std::string unescaped;
    const std::string_view rid = json::string_content(*marks.rid, unescaped);
    if (rid.empty()) {
        return invalid(R"(: resource references requires a non-empty "rid" value)");
    }
    if (is_present(marks.action) || marks.data) {
        return ambiguous();
    }
    if (!is_valid_rid(rid)) {
        return invalid(": resource reference rid \"" + std::string(rid) + "\" is invalid");
    }
    const bool soft = marks.soft && marks.soft->is_true();
    return ValueView{soft ? ValueKind::soft_reference : ValueKind::reference, text};
}

Result<ValueView> classify_action(const Marks& marks, std::string_view text) {
    if (marks.data) {
        return ambiguous();
    }
    const std::string action = json::string_content(*marks.action);
    if (action != "delete") {
        return invalid(": unknown action \"" + action + "\"");
    }
    return ValueView{ValueKind::delete_action, text};
}

Result<ValueView> classify_object(json::Value object) {
    const Marks marks = marks_of(object);
    if (!is_absent_or(marks.rid, json::Type::string) ||
        !is_absent_or(marks.soft, json::Type::boolean) ||
        !is_absent_or(marks.action, json::Type::string)) {
        return invalid(": wrong type of rid, soft or action");
    }
    if (is_present(marks.rid)) {
        return classify_reference(marks, object.text);
    }
    if (is_present(marks.action)) {
        return classify_action(marks, object.text);
    }
    if (!marks.data) {
        return invalid(": nested json object must be wrapped as a data value");
    }
    if (marks.data->is_object() || marks.data->is_array()) {
        return ValueView{ValueKind::data, object.text};
    }
    return ValueView{ValueKind::primitive, marks.data->text};
}

json::Type type_of(ValueView value) {
    switch (value.text.front()) {
        case '{':
            return json::Type::object;
        case '"':
            return json::Type::string;
        default:
            return json::Type::number;  // one token, for which `equivalent` compares texts
    }
}

}  // namespace

Result<ValueView> classify(json::Value value) {
    if (value.is_object()) {
        return classify_object(value);
    }
    if (value.is_array()) {
        return invalid(": nested json array must be wrapped as a data value");
    }
    return ValueView{ValueKind::primitive, value.text};
}

bool equal(ValueView a, ValueView b) {
    if (a.kind != b.kind) {
        return false;
    }
    if (a.text == b.text || a.kind == ValueKind::delete_action) {
        return true;
    }
    if (a.kind == ValueKind::reference || a.kind == ValueKind::soft_reference) {
        std::string unescaped_a;
        std::string unescaped_b;
        return rid_of(a, unescaped_a) == rid_of(b, unescaped_b);
    }
    return json::equivalent({type_of(a), a.text}, {type_of(b), b.text});
}

std::string_view rid_of(ValueView reference, std::string& storage) {
    const auto rid = json::find({json::Type::object, reference.text}, "rid");
    return json::string_content(*rid, storage);
}

std::string rid_of(ValueView reference) {
    std::string unescaped;
    return std::string(rid_of(reference, unescaped));
}

void append_legacy_value(std::string& out, ValueView value) {
    if (value.kind == ValueKind::soft_reference) {
        json::append_string(out, rid_of(value));
    } else if (value.kind == ValueKind::data) {
        out += R"("[Data]")";
    } else {
        out += value.text;
    }
}

}  // namespace resgate::res
