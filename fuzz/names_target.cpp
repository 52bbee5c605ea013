#include <string>

#include "input.h"
#include "res/pattern.h"
#include "res/pre_response.h"
#include "res/rid.h"
#include "target.h"

// Resource ids, methods, subjects, patterns ([PAT-1] to [PAT-3]) and pre-responses.

namespace resgate::fuzz {
namespace {

/// [PAT-3] token by token, in the plainest way.
bool matches_plainly(std::string_view pattern, std::string_view name) {
    const std::string_view token = pattern.substr(0, pattern.find('.'));
    const std::string_view part = name.substr(0, name.find('.'));
    if (token == ">") {
        return true;
    }
    if (token != "*" && token != part) {
        return false;
    }
    const bool pattern_ends = token.size() == pattern.size();
    const bool name_ends = part.size() == name.size();
    if (pattern_ends || name_ends) {
        return pattern_ends && name_ends;
    }
    return matches_plainly(pattern.substr(token.size() + 1), name.substr(part.size() + 1));
}

}  // namespace

// Two lines: a name, and a pattern. Both are also taken for everything else.
FUZZ_TARGET(names) {
    Input lines(input);
    const std::string_view name = lines.line();
    const std::string_view text = lines.rest();

    const res::SplitRid split = res::split_rid(name);
    require(res::is_valid_rid(name) == res::is_valid_name(split.name), "[RID-4]");
    (void)res::is_valid_method(name);
    if (res::is_valid_name(name)) {
        require(res::is_usable_subject(name), "a valid name is a usable subject");
        const auto itself = res::Pattern::parse(name);
        require(itself && itself->matches(name), "a name is a pattern that matches itself");
        const auto pattern = res::Pattern::parse(text);
        require(!pattern || pattern->matches(name) == matches_plainly(text, name), "[PAT-3]");
    }

    const std::string expanded = res::expand_cid(name, "cid");
    require(res::has_cid_tag(name) || expanded == name, "nothing to replace ([CID-3])");
    const std::string tagless = res::expand_cid(name, "");
    require(tagless.size() <= name.size(), "an empty cid only shortens");

    if (const auto timeout = res::requested_timeout(text)) {
        require(timeout->count() >= 0 && *timeout <= std::chrono::hours(1), "[TMO-4]");
    }
    (void)res::is_pre_response(text);
}

}  // namespace resgate::fuzz
