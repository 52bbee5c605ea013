#include "res/pre_response.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/limits.h"

namespace resgate::res {
namespace {

struct Pair {
    std::string_view key;
    std::string_view value;  ///< as written; escapes are not resolved
};

/// Takes the next `key:"value"` off the text, nothing if there is none.
std::optional<Pair> take_pair(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto key_end = std::find_if(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == ':' || c == '"' || c == 0x7f;
    });
    const auto key_size = static_cast<std::size_t>(key_end - text.begin());
    const std::string_view key = text.substr(0, key_size);
    text.remove_prefix(key_size);
    if (key.empty() || !text.starts_with(":\"")) {
        return std::nullopt;
    }
    text.remove_prefix(2);
    std::size_t end = 0;
    while (end < text.size() && text[end] != '"') {
        end += text[end] == '\\' ? 2 : 1;
    }
    if (end >= text.size()) {
        return std::nullopt;
    }
    const std::string_view value = text.substr(0, end);
    text.remove_prefix(end + 1);
    return Pair{key, value};
}

}  // namespace

bool is_pre_response(std::string_view payload) {
    if (payload.empty()) {
        return false;
    }
    const char lower = static_cast<char>(payload.front() | 0x20);
    return lower >= 'a' && lower <= 'z';
}

std::optional<std::chrono::milliseconds> requested_timeout(std::string_view pre_response) {
    std::optional<Pair> pair;
    do {
        pair = take_pair(pre_response);
        if (!pair) {
            return std::nullopt;
        }
    } while (pair->key != "timeout");

    std::int64_t count = 0;
    const char* end = pair->value.data() + pair->value.size();
    const auto [at, error] = std::from_chars(pair->value.data(), end, count);
    if (at != end || error == std::errc::invalid_argument) {
        return std::nullopt;
    }
    if (error == std::errc::result_out_of_range) {
        count = pair->value.front() == '-' ? 0 : Limits::longest_timeout.count();
    }
    return std::chrono::milliseconds(
        std::clamp<std::int64_t>(count, 0, Limits::longest_timeout.count()));
}

}  // namespace resgate::res
