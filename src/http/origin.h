#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace resgate::http {

/// The setting `allowOrigin`: which pages may talk to the gateway ([HTTP-41] to [HTTP-43]).
class AllowedOrigins {
  public:
    /// Everybody (`*`).
    AllowedOrigins() = default;

    /// Those listed; an empty list or one holding `*` means everybody.
    explicit AllowedOrigins(std::vector<std::string> origins);

    bool everybody() const { return origins_.empty(); }

    /// Whether the value of an `Origin` header is one of those listed ([HTTP-43]).
    bool matches(std::string_view origin) const;

    /// The rule for requests: everybody, no `Origin` header, `null`, or a match;
    /// the first `Origin` header counts ([HTTP-42], [WS-10]).
    bool accepts(const HeaderLines& headers) const;

    /// The first entry of the sorted list. Requires `!everybody()`.
    const std::string& first() const { return origins_.front(); }

  private:
    std::vector<std::string> origins_;  ///< lower case, sorted bytewise
};

}  // namespace resgate::http
