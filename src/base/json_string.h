#pragma once

#include <string_view>

/// The insides of JSON strings, for the scanner. Texts are what stands between the quotes of a
/// valid string.
namespace resgate::json {

/// The value of a hexadecimal digit, -1 if it is none.
int hex_digit(char c);

/// Whether the string written as `raw` has this content.
bool same_content(std::string_view raw, std::string_view content);

/// Whether two strings have the same content, however they are escaped.
bool same_string(std::string_view raw, std::string_view other_raw);

}  // namespace resgate::json
