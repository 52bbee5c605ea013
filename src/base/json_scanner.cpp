#include "base/json_scanner.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/json.h"
#include "base/json_string.h"

namespace resgate::json {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Checks one text without recursion: the kinds of the open containers are a stack of bits.
class Scanner {
  public:
    Scanner(const char* at, const char* end, std::size_t depth)
        : at_(at), end_(end), max_depth_(max_depth - depth) {}

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
    const std::size_t max_depth_;
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
    if (depth_ == max_depth_) {
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
    if (!string()) {
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
    const char* const behind = scan_string(at_, end_);
    if (behind == nullptr) {
        return false;
    }
    at_ = behind;
    return true;
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

}  // namespace

const char* scan_string(const char* at, const char* end) {
    if (at == end || *at != '"') {
        return nullptr;
    }
    ++at;
    for (;;) {
        at = skip_plain(at, end);
        if (at == end) {
            return nullptr;
        }
        const char c = *at++;
        if (c == '"') {
            return at;
        }
        if (c != '\\' || at == end) {
            return nullptr;
        }
        const char escape = *at++;
        if (escape == 'u') {
            if (end - at < 4) {
                return nullptr;
            }
            for (int i = 0; i < 4; ++i) {
                if (hex_digit(*at++) < 0) {
                    return nullptr;
                }
            }
        } else if (std::string_view("\"\\/bfnrt").find(escape) == std::string_view::npos) {
            return nullptr;
        }
    }
}

const char* scan_value(const char* at, const char* end, std::size_t depth) {
    Scanner scanner(at, end, depth);
    return scanner.value() ? scanner.at() : nullptr;
}

}  // namespace resgate::json
