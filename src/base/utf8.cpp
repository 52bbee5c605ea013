#include "base/utf8.h"

#include <cstring>

namespace resgate {
namespace {

/// The sequences a lead byte can begin: how many bytes follow, and the bounds of the first of them,
/// which exclude overlong forms, surrogates and values above U+10FFFF (RFC 3629, section 4).
struct Lead {
    std::uint8_t following;
    std::uint8_t low;
    std::uint8_t high;
};

constexpr std::uint8_t no_lead = 0xff;

Lead lead_of(std::uint8_t byte) {
    if (byte < 0x80) {
        return {0, 0, 0};
    }
    if (byte < 0xc2 || byte > 0xf4) {
        return {no_lead, 0, 0};
    }
    if (byte < 0xe0) {
        return {1, 0x80, 0xbf};
    }
    if (byte < 0xf0) {
        const std::uint8_t low = byte == 0xe0 ? 0xa0 : 0x80;
        const std::uint8_t high = byte == 0xed ? 0x9f : 0xbf;
        return {2, low, high};
    }
    const std::uint8_t low = byte == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = byte == 0xf4 ? 0x8f : 0xbf;
    return {3, low, high};
}

std::uint8_t byte_at(const char* at) {
    return static_cast<std::uint8_t>(*at);
}

/// The first byte from `at` on that is not ASCII.
const char* skip_ascii(const char* at, const char* end) {
    while (end - at >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        if ((word & 0x8080808080808080U) != 0) {
            break;
        }
        at += 8;
    }
    while (at != end && byte_at(at) < 0x80) {
        ++at;
    }
    return at;
}

/// The length of the well-formed sequence at `at`, 0 if there is none.
std::size_t sequence_length(const char* at, const char* end) {
    const Lead lead = lead_of(byte_at(at));
    if (lead.following == no_lead || end - at <= lead.following) {
        return 0;
    }
    for (std::uint8_t i = 1; i <= lead.following; ++i) {
        const std::uint8_t byte = byte_at(at + i);
        const bool good =
            i == 1 ? byte >= lead.low && byte <= lead.high : byte >= 0x80 && byte <= 0xbf;
        if (!good) {
            return 0;
        }
    }
    return lead.following + std::size_t{1};
}

/// The first byte that is not part of well-formed UTF-8.
const char* first_malformed(const char* at, const char* end) {
    for (;;) {
        at = skip_ascii(at, end);
        if (at == end) {
            return end;
        }
        const std::size_t length = sequence_length(at, end);
        if (length == 0) {
            return at;
        }
        at += length;
    }
}

constexpr std::string_view replacement = "\xef\xbf\xbd";

}  // namespace

bool is_utf8(std::string_view bytes) {
    const char* end = bytes.data() + bytes.size();
    return first_malformed(bytes.data(), end) == end;
}

void sanitize_utf8(std::string& bytes) {
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    const char* bad = first_malformed(at, end);
    if (bad == end) {
        return;
    }
    std::string clean;
    clean.reserve(bytes.size() + 16);
    while (bad != end) {
        clean.append(at, bad);
        clean += replacement;
        at = bad + 1;
        bad = first_malformed(at, end);
    }
    clean.append(at, end);
    bytes = std::move(clean);
}

void append_utf8(std::string& out, std::uint32_t code_point) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xc0 | code_point >> 6);
        put(0x80 | (code_point & 0x3f));
    } else if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff)) {
        out += replacement;
    } else if (code_point < 0x10000) {
        put(0xe0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3f));
        put(0x80 | (code_point & 0x3f));
    } else {
        put(0xf0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3f));
        put(0x80 | (code_point >> 6 & 0x3f));
        put(0x80 | (code_point & 0x3f));
    }
}

bool Utf8Validator::feed(std::string_view bytes) {
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    while (valid_ && at != end) {
        if (missing_ == 0) {
            at = skip_ascii(at, end);
            if (at == end) {
                break;
            }
            const Lead lead = lead_of(byte_at(at++));
            valid_ = lead.following != no_lead;
            missing_ = lead.following;
            low_ = lead.low;
            high_ = lead.high;
        } else {
            const std::uint8_t byte = byte_at(at++);
            valid_ = byte >= low_ && byte <= high_;
            --missing_;
            low_ = 0x80;
            high_ = 0xbf;
        }
    }
    return valid_;
}

}  // namespace resgate
