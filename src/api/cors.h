#pragma once

#include <string>
#include <string_view>

#include "api/settings.h"
#include "http/request.h"
#include "http/response.h"

namespace resgate::api {

/// Which pages of other origins may use the API (section 5 of part 60).
class Cors {
  public:
    explicit Cors(const Settings& settings);

    /// What the headers of every answer begin with ([HTTP-40], [HTTP-41]), as `Response::lines`.
    std::string_view lines() const { return lines_; }

    /// The headers every answer to this request carries besides ([HTTP-41], [HTTP-42]).
    http::Headers headers(const http::Request& request) const;

    /// Whether the request may be served at all ([HTTP-42]).
    bool accepts(const http::Request& request) const;

    /// The answer to OPTIONS, on whatever path ([HTTP-50]).
    http::Response answer_options(const http::Request& request) const;

  private:
    http::AllowedOrigins origins_;
    std::string lines_;
    std::string methods_;  ///< value of `Access-Control-Allow-Methods`
};

}  // namespace resgate::api
