#include "res/rid.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace resgate::res {
namespace {

constexpr std::string_view cid_tag = "{cid}";

/// A character of a name part or method ([RID-2], [RID-5]).
constexpr bool is_part_character(char c) {
    return c >= 0x21 && c <= 0x7e && c != '.' && c != '*' && c != '>' && c != '?';
}

/// What a byte is in a name.
enum Kind : unsigned char { in_part = 0, dot = 1, illegal = 2 };

constexpr std::array<Kind, 256> kinds = [] {
    std::array<Kind, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        const char c = static_cast<char>(byte);
        table[byte] = c == '.' ? dot : is_part_character(c) ? in_part : illegal;
    }
    return table;
}();

/// 1 for a byte that cannot be in a subject ([SUBJ-9]), else 0.
unsigned is_unusable_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return unsigned{byte <= 0x20} | unsigned{byte == 0x7f};
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
    Kind last = dot;
    for (const char c : name) {
        const Kind kind = kinds[static_cast<unsigned char>(c)];
        if ((kind & (last | illegal)) != 0) {  // illegal, or a dot behind another
            return false;
        }
        last = kind;
    }
    return last == in_part;
}

bool is_valid_rid(std::string_view rid) {
    return is_valid_name(split_rid(rid).name);
}

bool is_valid_method(std::string_view method) {
    return !method.empty() && std::all_of(method.begin(), method.end(), is_part_character);
}

bool is_usable_subject(std::string_view subject) {
    if (subject.empty() || subject.front() == '.' || subject.back() == '.') {
        return false;
    }
    // This is asked for every message sent. Without a branch in it, the compiler makes the
    // loop take many bytes at a time.
    unsigned wrong = is_unusable_byte(subject.front());
    for (std::size_t i = 1; i < subject.size(); ++i) {
        wrong |= is_unusable_byte(subject[i]);
        wrong |= unsigned{subject[i] == '.'} & unsigned{subject[i - 1] == '.'};
    }
    return wrong == 0;
}

bool has_cid_tag(std::string_view text) {
    return text.find(cid_tag) != std::string_view::npos;
}

void append_expanded(std::string& out, std::string_view text, std::string_view cid) {
    for (std::size_t tag = text.find(cid_tag); tag != std::string_view::npos;
         tag = text.find(cid_tag)) {
        out.append(text.substr(0, tag)).append(cid);
        text.remove_prefix(tag + cid_tag.size());
    }
    out.append(text);
}

std::string expand_cid(std::string_view text, std::string_view cid) {
    std::string expanded;
    append_expanded(expanded, text, cid);
    return expanded;
}

}  // namespace resgate::res
