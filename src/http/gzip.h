#pragma once

#include <string>
#include <string_view>

namespace resgate::http {

/// `text` as a file of gzip (RFC 1952), for `Content-Encoding: gzip`.
std::string gzip(std::string_view text);

}  // namespace resgate::http
