#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

/// Members of messages by their type ([JSN-6]): for each, null is the same as absent. Functions
/// that take a member over leave the target alone if it is absent, and are false if it has another
/// type.
namespace resgate::res {

/// The last member of that name unless it is null.
std::optional<json::Value> present_member(json::Value object, std::string_view name);

struct TwoMembers {
    std::optional<json::Value> first;
    std::optional<json::Value> second;
};

/// Two of them, found in one walk.
TwoMembers present_members(json::Value object, std::string_view first, std::string_view second);

[[nodiscard]] bool take_string(const std::optional<json::Value>& member, std::string& target);
/// [JSN-7]
[[nodiscard]] bool take_integer(const std::optional<json::Value>& member, std::int64_t& target);
/// An array of nothing but strings.
[[nodiscard]] bool take_strings(const std::optional<json::Value>& member,
                                std::vector<std::string>& target);

/// The text as a JSON object, nothing if it is none.
std::optional<json::Value> parse_object(std::string_view payload);

}  // namespace resgate::res
