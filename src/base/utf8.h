#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace resgate {

/// Whether `bytes` is well-formed UTF-8 (RFC 3629: no overlong forms, surrogates, or code points
/// above U+10FFFF).
bool is_utf8(std::string_view bytes);

/// Replaces every byte that is not part of well-formed UTF-8 by U+FFFD, in place ([JSN-10]).
void sanitize_utf8(std::string& bytes);

/// Appends the UTF-8 form of a code point; surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& out, std::uint32_t code_point);

/// Checks UTF-8 that arrives in pieces, split anywhere ([DEC-5]).
class Utf8Validator {
  public:
    /// False as soon as the bytes so far cannot be the beginning of well-formed UTF-8. Final.
    bool feed(std::string_view bytes);

    /// Whether everything fed so far is complete well-formed UTF-8.
    bool complete() const { return valid_ && missing_ == 0; }

    void reset() { *this = Utf8Validator(); }

  private:
    std::uint8_t missing_ = 0;  ///< continuation bytes still to come
    std::uint8_t low_ = 0x80;   ///< bounds of the next continuation byte
    std::uint8_t high_ = 0xbf;
    bool valid_ = true;
};

}  // namespace resgate
