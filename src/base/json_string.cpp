#include "base/json_string.h"

#include <cstdint>
#include <string>

#include "base/json.h"
#include "base/utf8.h"

namespace resgate::json {
namespace {

std::uint32_t hex4(const char* at) {
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
        unit = unit << 4 | static_cast<std::uint32_t>(hex_digit(at[i]));
    }
    return unit;
}

/// The code point of the escape sequence whose backslash is at `at`, which moves behind it. A lone
/// surrogate gives itself.
std::uint32_t take_escape(const char*& at, const char* end) {
    const char c = at[1];
    at += 2;
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'u':
            break;
        default:
            return static_cast<unsigned char>(c);
    }
    const std::uint32_t unit = hex4(at);
    at += 4;
    const bool high_surrogate = unit >= 0xd800 && unit < 0xdc00;
    if (high_surrogate && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        const std::uint32_t low = hex4(at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            at += 6;
            return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return unit;
}

/// Yields the bytes of a string's content one by one.
class Content {
  public:
    explicit Content(std::string_view raw) : at_(raw.data()), end_(at_ + raw.size()) {}

    /// The next byte, -1 at the end.
    int next() {
        if (used_ < resolved_.size()) {
            return static_cast<unsigned char>(resolved_[used_++]);
        }
        if (at_ == end_) {
            return -1;
        }
        if (*at_ != '\\') {
            return static_cast<unsigned char>(*at_++);
        }
        resolved_.clear();  // at most four bytes: never leaves the small string
        append_utf8(resolved_, take_escape(at_, end_));
        used_ = 1;
        return static_cast<unsigned char>(resolved_.front());
    }

  private:
    const char* at_;
    const char* end_;
    std::string resolved_;
    std::size_t used_ = 0;
};

bool has_escape(std::string_view raw) {
    return raw.find('\\') != std::string_view::npos;
}

}  // namespace

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool same_content(std::string_view raw, std::string_view content) {
    // An escape sequence is longer than what it stands for.
    if (raw.size() <= content.size()) {
        return raw == content && !has_escape(raw);
    }
    if (!has_escape(raw)) {
        return false;
    }
    Content bytes(raw);
    for (const char c : content) {
        if (bytes.next() != static_cast<unsigned char>(c)) {
            return false;
        }
    }
    return bytes.next() < 0;
}

bool same_string(std::string_view raw, std::string_view other_raw) {
    if (raw == other_raw) {
        return true;
    }
    if (!has_escape(raw) && !has_escape(other_raw)) {
        return false;
    }
    Content left(raw);
    Content right(other_raw);
    for (;;) {
        const int byte = left.next();
        if (byte != right.next()) {
            return false;
        }
        if (byte < 0) {
            return true;
        }
    }
}

std::string unescape(std::string_view raw) {
    std::string content;
    content.reserve(raw.size());
    const char* at = raw.data();
    const char* end = at + raw.size();
    while (at != end) {
        if (*at == '\\') {
            append_utf8(content, take_escape(at, end));
            continue;
        }
        const std::string_view rest(at, static_cast<std::size_t>(end - at));
        const std::string_view plain = rest.substr(0, rest.find('\\'));
        content += plain;
        at += plain.size();
    }
    return content;
}

void append_string(std::string& out, std::string_view content) {
    out += '"';
    const char* at = content.data();
    const char* const end = at + content.size();
    for (;;) {
        const char* const plain_end = skip_plain(at, end);
        out.append(at, plain_end);
        if (plain_end == end) {
            break;
        }
        const auto byte = static_cast<unsigned char>(*plain_end);
        at = plain_end + 1;
        out += '\\';
        switch (byte) {
            case '"':
            case '\\':
                out += *plain_end;
                break;
            case '\n':
                out += 'n';
                break;
            case '\r':
                out += 'r';
                break;
            case '\t':
                out += 't';
                break;
            default:
                out += "u00";
                out += "0123456789abcdef"[byte >> 4];
                out += "0123456789abcdef"[byte & 15];
        }
    }
    out += '"';
}

}  // namespace resgate::json
