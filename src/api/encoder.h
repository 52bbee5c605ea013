#pragma once

#include <optional>
#include <string>

#include "api/resource_path.h"
#include "api/settings.h"
#include "session/subscription.h"

namespace resgate::api {

/// The body of an answer to GET: the resource with everything it refers to written into it
/// ([HTTP-91] to [HTTP-94]). `root` heads a loaded graph. Nothing if the body would exceed
/// `Limits::http_body` or `Limits::http_body_resources`, which a graph of few resources can bring
/// about, as what is reached in several ways is written several times ([HTTP-92]). `room` is where
/// it is written to, so that its memory is used again; what it holds is lost.
std::optional<std::string> encode(const session::Subscription& root, Encoding encoding,
                                  const ResourcePath& path, std::string&& room = {});

}  // namespace resgate::api
