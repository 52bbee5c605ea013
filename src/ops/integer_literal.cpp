#include "ops/integer_literal.h"

#include <charconv>
#include <limits>
#include <string>

namespace resgate::ops {
namespace {

/// Takes the prefix that tells the base. A leading zero is the prefix of an octal number only if
/// something follows it.
int take_base(std::string_view& digits) {
    if (digits.size() < 2 || digits.front() != '0') {
        return 10;
    }
    const char letter = static_cast<char>(digits[1] | 0x20);
    const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (base == 0) {
        digits.remove_prefix(1);
        return 8;
    }
    digits.remove_prefix(2);
    return base;
}

/// Takes out the `_`. False if one does not stand between two digits; the prefix counts as a digit.
bool take_underscores(std::string& digits, bool prefixed) {
    std::string without;
    char before = prefixed ? '0' : '_';
    for (const char c : digits) {
        if (c == '_' && before == '_') {
            return false;
        }
        if (c != '_') {
            without += c;
        }
        before = c;
    }
    digits = std::move(without);
    return before != '_';
}

}  // namespace

Result<std::uint64_t, IntegerFault> parse_unsigned(std::string_view text) {
    std::string_view rest = text;
    const int base = take_base(rest);
    std::string digits(rest);
    if (!take_underscores(digits, rest.size() < text.size()) || digits.empty()) {
        return IntegerFault::syntax;
    }
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (stop != end) {
        return IntegerFault::syntax;
    }
    if (error != std::errc()) {
        return IntegerFault::range;
    }
    return value;
}

Result<std::int64_t, IntegerFault> parse_signed(std::string_view text) {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const auto magnitude = parse_unsigned(text);
    if (!magnitude) {
        return magnitude.error();
    }
    if (*magnitude > largest + (negative ? 1 : 0)) {
        return IntegerFault::range;
    }
    return static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
}

}  // namespace resgate::ops
