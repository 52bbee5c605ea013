#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/cors.h"
#include "api/pending_request.h"
#include "api/resource_path.h"
#include "api/settings.h"
#include "base/log.h"
#include "http/request.h"
#include "http/response.h"
#include "session/sessions.h"

namespace resgate::api {

/// Requests that passed the check of origin and trailing slash, by method ([OPS-75]); the last
/// three only where they are mapped.
struct RequestCounters {
    std::uint64_t get = 0;  ///< HEAD included
    std::uint64_t post = 0;
    std::uint64_t put = 0;
    std::uint64_t delete_ = 0;
    std::uint64_t patch = 0;
};

/// Resources over HTTP (part 60): decides what a request is about. What is to be done with it is
/// done by a `PendingRequest`. One for each I/O loop, used on that loop's thread only.
class ResourceApi {
  public:
    /// The references, all for use on the loop, must outlive the object.
    ResourceApi(session::Sessions& sessions, Log& log, Settings settings);
    ResourceApi(const ResourceApi&) = delete;
    ResourceApi& operator=(const ResourceApi&) = delete;

    /// Whether a path is the API's, case 2 of [HTTP-13]. The WebSocket path goes first.
    bool handles(std::string_view decoded_path) const;

    /// The way from paths to resources and back.
    const ResourcePath& path() const { return path_; }

    /// Sets `action` to what a request the API handles asks of the services, for a
    /// `PendingRequest`; or returns the answer, if it asks nothing of them.
    std::optional<http::Response> examine(const http::Request& request, Action& action);

    const RequestCounters& counters() const { return counters_; }

    /// From now on requests are refused, for the gateway is shutting down ([HTTP-57]). Those under
    /// way are not touched.
    void stop() { stopping_ = true; }

  private:
    friend class PendingRequest;

    /// Sets `action`, or returns why the request is refused without asking any service.
    std::optional<res::Error> check(const http::Request& request, Action& action);

    /// The body of an answer that has been written, for the next one.
    void take_back(std::string&& body);

    session::Sessions& sessions_;
    Log& log_;
    const Settings settings_;
    const ResourcePath path_;
    const Cors cors_;
    bool stopping_ = false;
    RequestCounters counters_;
    std::string body_room_;  ///< its content does not matter
};

/// The answer to a request that is neither a WebSocket handshake nor the API's: 404 without CORS
/// headers ([HTTP-13]), and that to the target `*` ([HTTP-10]).
http::Response answer_outside_api(const http::Request& request);

}  // namespace resgate::api
