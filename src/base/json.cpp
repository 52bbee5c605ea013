#include "base/json.h"

#include <array>
#include <charconv>
#include <cstring>

#include "base/json_string.h"
#include "base/utf8.h"

namespace resgate::json {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

const char* skip_space(const char* at, const char* end) {
    while (at != end && is_space(*at)) {
        ++at;
    }
    return at;
}

/// Checks one text without recursion: the kinds of the open containers are a stack of bits.
class Scanner {
  public:
    Scanner(const char* at, const char* end) : at_(at), end_(end) {}

    const char* at() const { return at_; }

    /// Consumes one value, which begins right here.
    bool value();

  private:
    bool open(bool object);

    bool in_object() const { return (open_[depth_ / 64] >> (depth_ % 64) & 1) != 0; }

    char closer() const { return in_object() ? '}' : ']'; }

    bool key();
    bool separator(bool& value_follows);
    bool scalar();
    bool string();
    bool number();
    bool literal(std::string_view word);
    bool digits();

    void space() { at_ = skip_space(at_, end_); }

    const char* at_;
    const char* end_;
    std::size_t depth_ = 0;
    std::array<std::uint64_t, max_depth / 64 + 1> open_;  // written before read, by depth
};

bool Scanner::value() {
    bool value_follows = true;
    do {
        if (!value_follows) {
            if (!separator(value_follows)) {
                return false;
            }
        } else if (at_ != end_ && (*at_ == '{' || *at_ == '[')) {
            if (!open(*at_ == '{')) {
                return false;
            }
            space();
            if (at_ != end_ && *at_ == closer()) {
                ++at_;
                --depth_;
                value_follows = false;
            } else if (in_object() && !key()) {
                return false;
            }
        } else {
            if (!scalar()) {
                return false;
            }
            value_follows = false;
        }
    } while (depth_ > 0);
    return true;
}

bool Scanner::open(bool object) {
    if (depth_ == max_depth) {
        return false;
    }
    ++depth_;
    ++at_;
    const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = open_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
    return true;
}

bool Scanner::separator(bool& value_follows) {
    space();
    if (at_ == end_) {
        return false;
    }
    const char c = *at_++;
    if (c == ',') {
        space();
        value_follows = true;
        return !in_object() || key();
    }
    if (c != closer()) {
        return false;
    }
    --depth_;
    return true;
}

bool Scanner::key() {
    if (at_ == end_ || *at_ != '"' || !string()) {
        return false;
    }
    space();
    if (at_ == end_ || *at_ != ':') {
        return false;
    }
    ++at_;
    space();
    return true;
}

bool Scanner::scalar() {
    if (at_ == end_) {
        return false;
    }
    switch (*at_) {
        case '"':
            return string();
        case 't':
            return literal("true");
        case 'f':
            return literal("false");
        case 'n':
            return literal("null");
        default:
            return number();
    }
}

bool Scanner::string() {
    ++at_;
    for (;;) {
        at_ = skip_plain(at_, end_);
        if (at_ == end_) {
            return false;
        }
        const char c = *at_++;
        if (c == '"') {
            return true;
        }
        if (c != '\\' || at_ == end_) {
            return false;
        }
        const char escape = *at_++;
        if (escape == 'u') {
            if (end_ - at_ < 4) {
                return false;
            }
            for (int i = 0; i < 4; ++i) {
                if (hex_digit(*at_++) < 0) {
                    return false;
                }
            }
        } else if (std::string_view("\"\\/bfnrt").find(escape) == std::string_view::npos) {
            return false;
        }
    }
}

bool Scanner::number() {
    if (*at_ == '-') {
        ++at_;
    }
    if (at_ != end_ && *at_ == '0') {
        ++at_;
    } else if (!digits()) {
        return false;
    }
    if (at_ != end_ && *at_ == '.') {
        ++at_;
        if (!digits()) {
            return false;
        }
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        if (at_ != end_ && (*at_ == '+' || *at_ == '-')) {
            ++at_;
        }
        return digits();
    }
    return true;
}

bool Scanner::digits() {
    const char* begin = at_;
    while (at_ != end_ && is_digit(*at_)) {
        ++at_;
    }
    return at_ != begin;
}

bool Scanner::literal(std::string_view word) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() ||
        std::memcmp(at_, word.data(), word.size()) != 0) {
        return false;
    }
    at_ += word.size();
    return true;
}

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
    Scanner scanner(begin, end);
    if (!scanner.value() || skip_space(scanner.at(), end) != end) {
        return std::nullopt;
    }
    return Value{type_of(*begin),
                 std::string_view(begin, static_cast<std::size_t>(scanner.at() - begin))};
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
