#include "base/json.h"

#include <array>
#include <charconv>

#include "base/json_scanner.h"
#include "base/json_string.h"
#include "base/utf8.h"

namespace resgate::json {
namespace {

Type type_of(char first) {
    switch (first) {
        case '{':
            return Type::object;
        case '[':
            return Type::array;
        case '"':
            return Type::string;
        case 't':
        case 'f':
            return Type::boolean;
        case 'n':
            return Type::null;
        default:
            return Type::number;
    }
}

// From here on, texts are known to be valid.

/// The byte behind the string that begins at `at`.
const char* string_end(const char* at, const char* end) {
    ++at;
    for (;;) {
        at = skip_plain(at, end);
        if (*at == '"') {
            return at + 1;
        }
        at += 2;
    }
}

/// Which bytes mean something outside of strings: quotes and brackets inside a container, and what
/// can follow a scalar.
struct Marks {
    std::array<bool, 256> structure{};
    std::array<bool, 256> scalar_end{};

    constexpr Marks() {
        for (const char c : {'{', '[', '}', ']', '"'}) {
            structure[static_cast<unsigned char>(c)] = true;
        }
        for (const char c : {',', '}', ']', ':', ' ', '\t', '\n', '\r'}) {
            scalar_end[static_cast<unsigned char>(c)] = true;
        }
    }
};

constexpr Marks marks;

const char* scalar_end(const char* at, const char* end) {
    while (at != end && !marks.scalar_end[static_cast<unsigned char>(*at)]) {
        ++at;
    }
    return at;
}

const char* container_end(const char* at, const char* end) {
    std::size_t depth = 0;
    for (;;) {
        while (!marks.structure[static_cast<unsigned char>(*at)]) {
            ++at;
        }
        if (*at == '"') {
            at = string_end(at, end);
            continue;
        }
        const bool opens = *at == '{' || *at == '[';
        ++at;
        if (opens) {
            ++depth;
        } else if (--depth == 0) {
            return at;
        }
    }
}

/// Takes the value at `at` and moves behind it.
Value take_value(const char*& at, const char* end) {
    const char* begin = at;
    const Type type = type_of(*at);
    if (type == Type::object || type == Type::array) {
        at = container_end(at, end);
    } else if (type == Type::string) {
        at = string_end(at, end);
    } else {
        at = scalar_end(at, end);
    }
    return {type, std::string_view(begin, static_cast<std::size_t>(at - begin))};
}

void skip_comma(const char*& at, const char* end) {
    at = skip_space(at, end);
    if (at != end) {
        at = skip_space(at + 1, end);
    }
}

std::string_view inside(std::string_view quoted) {
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::optional<Value> parse(std::string_view text) {
    const char* end = text.data() + text.size();
    const char* begin = skip_space(text.data(), end);
    const char* const behind = scan_value(begin, end);
    if (behind == nullptr || skip_space(behind, end) != end) {
        return std::nullopt;
    }
    return Value{type_of(*begin),
                 std::string_view(begin, static_cast<std::size_t>(behind - begin))};
}

bool Member::key_is(std::string_view name) const {
    return same_content(raw_key, name);
}

std::string Member::key() const {
    return unescape(raw_key);
}

Members::Members(Value object) {
    const std::string_view text = inside(object.text);
    end_ = text.data() + text.size();
    at_ = skip_space(text.data(), end_);
}

bool Members::next(Member& member) {
    if (at_ == end_) {
        return false;
    }
    member.raw_key = inside(take_value(at_, end_).text);
    skip_comma(at_, end_);  // the colon
    member.value = take_value(at_, end_);
    skip_comma(at_, end_);
    return true;
}

Elements::Elements(Value array) {
    const std::string_view text = inside(array.text);
    end_ = text.data() + text.size();
    at_ = skip_space(text.data(), end_);
}

bool Elements::next(Value& element) {
    if (at_ == end_) {
        return false;
    }
    element = take_value(at_, end_);
    skip_comma(at_, end_);
    return true;
}

std::optional<Value> find(Value object, std::string_view name) {
    std::optional<Value> found;
    Members members(object);
    for (Member member; members.next(member);) {
        if (member.key_is(name)) {
            found = member.value;
        }
    }
    return found;
}

std::string string_content(Value string) {
    return unescape(inside(string.text));
}

std::optional<std::int64_t> to_int64(Value value) {
    const char* end = value.text.data() + value.text.size();
    std::int64_t number = 0;
    const auto [at, error] = std::from_chars(value.text.data(), end, number);
    if (error != std::errc() || at != end) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::uint64_t> to_uint64(Value value) {
    const char* end = value.text.data() + value.text.size();
    std::uint64_t number = 0;
    const auto [at, error] = std::from_chars(value.text.data(), end, number);
    if (error != std::errc() || at != end) {
        return std::nullopt;
    }
    return number;
}

/// Walks both texts token by token; tokens are strings, numbers and literals, or one punctuation.
bool equivalent(Value a, Value b) {
    if (a.text == b.text) {
        return true;
    }
    const char* at = a.text.data();
    const char* end = at + a.text.size();
    const char* other = b.text.data();
    const char* other_end = other + b.text.size();
    const auto token = [](const char*& from, const char* to) {
        const char* begin = from;
        from = *from == '"' ? string_end(from, to) : scalar_end(from, to);
        from += from == begin;
        return std::string_view(begin, static_cast<std::size_t>(from - begin));
    };
    for (;;) {
        at = skip_space(at, end);
        other = skip_space(other, other_end);
        if (at == end || other == other_end) {
            return at == end && other == other_end;
        }
        if (*at != *other) {
            return false;
        }
        if (*at == '{' || *at == '[') {
            ++at;
            ++other;
            continue;
        }
        const std::string_view left = token(at, end);
        const std::string_view right = token(other, other_end);
        if (left.front() == '"' ? !same_string(inside(left), inside(right)) : left != right) {
            return false;
        }
    }
}

void append_compact(std::string& out, Value value) {
    const char* at = value.text.data();
    const char* end = at + value.text.size();
    while (at != end) {
        if (*at == '"') {
            const char* begin = at;
            at = string_end(at, end);
            const std::string_view raw(begin + 1, static_cast<std::size_t>(at - begin) - 2);
            append_string(out, unescape(raw));
        } else {
            if (!is_space(*at)) {
                out += *at;
            }
            ++at;
        }
    }
}

}  // namespace resgate::json
