#pragma once

#include <cstdint>

#include "api/resource_path.h"
#include "http/response.h"
#include "res/service_message.h"

/// What the meta of replies makes of an HTTP answer (section 9 of part 60).
namespace resgate::api {

/// Applies the headers of meta, but for protected ones ([HTTP-102] to [HTTP-104]).
void merge_headers(http::Headers& headers, const res::Meta& meta);

/// Whether a status of meta decides the answer by itself ([HTTP-105]).
bool is_direct_status(std::int64_t status);

/// The answer that a direct status decides; `headers` are those gathered so far, the meta's own
/// included ([HTTP-107], [HTTP-108]). Requires a direct status.
http::Response direct_response(const res::Meta& meta, http::Headers headers,
                               const ResourcePath& path);

}  // namespace resgate::api
