#include "base/json.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/// The byte behind the string in which `at` is.
const char* string_rest_end(const char* at, const char* end) {
    for (;;) {
        at = skip_plain(at, end);
        if (*at == '"') {
            return at + 1;
        }
        at += 2;
    }
}

/// The byte behind the string that begins at `at`.
const char* string_end(const char* at, const char* end) {
    return string_rest_end(at + 1, end);
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

/// Goes on byte by byte inside of a container, `depth` brackets deep, which ends behind what is
/// returned.
const char* container_end(const char* at, const char* end, std::size_t depth, bool in_string) {
    if (in_string) {
        at = string_rest_end(at, end);
    }
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

#ifdef __SSE2__

/// Of each bit, whether the number of bits set up to it is odd: with the quotes of a text, which of
/// its bytes are in a string (opening quotes included).
std::uint32_t odd_before(std::uint32_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    return bits ^ bits << 16;
}

std::uint32_t bytes_equal(__m128i low, __m128i high, char c) {
    const __m128i wanted = _mm_set1_epi8(c);
    const int first = _mm_movemask_epi8(_mm_cmpeq_epi8(low, wanted));
    const int second = _mm_movemask_epi8(_mm_cmpeq_epi8(high, wanted));
    return static_cast<std::uint32_t>(first) | static_cast<std::uint32_t>(second) << 16;
}

/// 32 bytes at a time, as long as there are no escapes: texts are walked again for each container
/// around what is looked for.
const char* container_end(const char* at, const char* end) {
    constexpr std::ptrdiff_t width = 32;
    const __m128i lower_case = _mm_set1_epi8(0x20);  // makes brackets braces
    std::size_t depth = 0;
    std::uint32_t in_string = 0;  // all bits, or none
    for (; end - at >= width; at += width) {
        const auto* const block = reinterpret_cast<const __m128i*>(at);
        const __m128i low = _mm_loadu_si128(block);
        const __m128i high = _mm_loadu_si128(block + 1);
        if (bytes_equal(low, high, '\\') != 0) {
            break;
        }
        const std::uint32_t strings = odd_before(bytes_equal(low, high, '"')) ^ in_string;
        const __m128i low_braces = _mm_or_si128(low, lower_case);
        const __m128i high_braces = _mm_or_si128(high, lower_case);
        const std::uint32_t opening = bytes_equal(low_braces, high_braces, '{') & ~strings;
        const std::uint32_t closing = bytes_equal(low_braces, high_braces, '}') & ~strings;
        for (std::uint32_t left = opening | closing; left != 0; left &= left - 1) {
            if ((opening & left & (0 - left)) != 0) {
                ++depth;
            } else if (--depth == 0) {
                return at + std::countr_zero(left) + 1;
            }
        }
        in_string = 0 - (strings >> 31);
    }
    return container_end(at, end, depth, in_string != 0);
}

#else

const char* container_end(const char* at, const char* end) {
    return container_end(at, end, 0, false);
}

#endif

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
    const char* const key = at_ + 1;
    at_ = string_end(at_, end_);
    member.raw_key = std::string_view(key, static_cast<std::size_t>(at_ - key) - 1);
    skip_comma(at_, end_);  // the colon
    member.value = take_value(at_, end_);
    skip_comma(at_, end_);
    return true;
}

ObjectReader::ObjectReader(std::string_view text) : end_(text.data() + text.size()) {
    at_ = skip_space(text.data(), end_);
    if (at_ == end_ || *at_ != '{') {
        state_ = State::broken;
        return;
    }
    at_ = skip_space(at_ + 1, end_);
}

bool ObjectReader::next(Member& member) {
    if (state_ == State::complete || state_ == State::broken) {
        return false;
    }
    if (at_ != end_ && *at_ == '}') {
        state_ = skip_space(at_ + 1, end_) == end_ ? State::complete : State::broken;
        return false;
    }
    if (!take_member(member)) {
        state_ = State::broken;
        return false;
    }
    state_ = State::behind_member;
    return true;
}

bool ObjectReader::take_member(Member& member) {
    if (state_ == State::behind_member) {
        if (at_ == end_ || *at_ != ',') {
            return false;
        }
        at_ = skip_space(at_ + 1, end_);
    }
    const char* const key_end = scan_string(at_, end_);
    if (key_end == nullptr) {
        return false;
    }
    member.raw_key = inside({at_, static_cast<std::size_t>(key_end - at_)});
    at_ = skip_space(key_end, end_);
    if (at_ == end_ || *at_ != ':') {
        return false;
    }
    at_ = skip_space(at_ + 1, end_);
    const char* const value_end = scan_value(at_, end_, 1);
    if (value_end == nullptr) {
        return false;
    }
    member.value = {type_of(*at_), {at_, static_cast<std::size_t>(value_end - at_)}};
    at_ = skip_space(value_end, end_);
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

std::string_view string_content(Value string, std::string& storage) {
    const std::string_view raw = inside(string.text);
    if (raw.find('\\') == std::string_view::npos) {
        return raw;
    }
    storage = unescape(raw);
    return storage;
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
