#include "res/members.h"

namespace resgate::res {

std::optional<json::Value> present_member(json::Value object, std::string_view name) {
    auto member = json::find(object, name);
    if (member && member->is_null()) {
        member.reset();
    }
    return member;
}

TwoMembers present_members(json::Value object, std::string_view first, std::string_view second) {
    TwoMembers found;
    json::Members members(object);
    for (json::Member member; members.next(member);) {  // the last of a name counts ([JSN-5])
        if (member.key_is(first)) {
            found.first = member.value;
        } else if (member.key_is(second)) {
            found.second = member.value;
        }
    }
    if (found.first && found.first->is_null()) {
        found.first.reset();
    }
    if (found.second && found.second->is_null()) {
        found.second.reset();
    }
    return found;
}

bool take_string(const std::optional<json::Value>& member, std::string& target) {
    if (!member) {
        return true;
    }
    if (!member->is_string()) {
        return false;
    }
    target = json::string_content(*member);
    return true;
}

bool take_integer(const std::optional<json::Value>& member, std::int64_t& target) {
    if (!member) {
        return true;
    }
    const auto number = json::to_int64(*member);
    if (!number) {
        return false;
    }
    target = *number;
    return true;
}

bool take_strings(const std::optional<json::Value>& member, std::vector<std::string>& target) {
    if (!member) {
        return true;
    }
    if (!member->is_array()) {
        return false;
    }
    json::Elements elements(*member);
    for (json::Value element; elements.next(element);) {
        if (!element.is_string()) {
            return false;
        }
        target.push_back(json::string_content(element));
    }
    return true;
}

std::optional<json::Value> parse_object(std::string_view payload) {
    auto value = json::parse(payload);
    if (value && !value->is_object()) {
        value.reset();
    }
    return value;
}

}  // namespace resgate::res
