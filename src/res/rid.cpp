#include "res/rid.h"

#include <algorithm>

namespace resgate::res {
namespace {

constexpr std::string_view cid_tag = "{cid}";

/// A character of a name part or method ([RID-2], [RID-5]).
bool is_part_character(char c) {
    return c >= 0x21 && c <= 0x7e && c != '.' && c != '*' && c != '>' && c != '?';
}

}  // namespace

SplitRid split_rid(std::string_view rid) {
    const std::size_t mark = rid.find('?');
    if (mark == std::string_view::npos) {
        return {rid, {}};
    }
    return {rid.substr(0, mark), rid.substr(mark + 1)};
}

bool is_valid_name(std::string_view name) {
    bool part_begins = true;
    for (const char c : name) {
        if (c == '.') {
            if (part_begins) {
                return false;
            }
            part_begins = true;
        } else if (is_part_character(c)) {
            part_begins = false;
        } else {
            return false;
        }
    }
    return !part_begins;
}

bool is_valid_rid(std::string_view rid) {
    return is_valid_name(split_rid(rid).name);
}

bool is_valid_method(std::string_view method) {
    return !method.empty() && std::all_of(method.begin(), method.end(), is_part_character);
}

bool is_usable_subject(std::string_view subject) {
    bool token_begins = true;
    for (const char c : subject) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f || (c == '.' && token_begins)) {
            return false;
        }
        token_begins = c == '.';
    }
    return !token_begins;
}

bool has_cid_tag(std::string_view text) {
    return text.find(cid_tag) != std::string_view::npos;
}

std::string expand_cid(std::string_view text, std::string_view cid) {
    std::size_t tag = text.find(cid_tag);
    if (tag == std::string_view::npos) {
        return std::string(text);
    }
    std::string expanded;
    expanded.reserve(text.size() + cid.size());
    for (; tag != std::string_view::npos; tag = text.find(cid_tag)) {
        expanded += text.substr(0, tag);
        expanded += cid;
        text.remove_prefix(tag + cid_tag.size());
    }
    expanded += text;
    return expanded;
}

}  // namespace resgate::res
