#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace resgate::res {

/// Whether a reply is a pre-response: its first byte is an ASCII letter ([RPL-1]).
bool is_pre_response(std::string_view payload);

/// The new timeout a pre-response asks for, between zero and an hour; nothing if it asks for none
/// or does not parse ([TMO-3] to [TMO-5]).
std::optional<std::chrono::milliseconds> requested_timeout(std::string_view pre_response);

}  // namespace resgate::res
