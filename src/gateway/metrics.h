#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "api/resource_api.h"
#include "cache/hub.h"
#include "gateway/nats_bus.h"
#include "nats/connection.h"
#include "net/clients.h"
#include "session/sessions.h"

namespace resgate::gateway {

/// Refusals by the property that caused them ([LMT-14]). The names are static text.
using Refusals = std::map<std::string_view, std::uint64_t>;

/// What one loop has counted, or all loops together. Every part counts for itself, in plain numbers
/// on its own thread ([MTX-3]); they are gathered when somebody asks.
struct LoopFigures {
    net::Clients::WebSockets websockets;
    net::Clients::Sent sent;
    std::size_t pending_websocket_bytes = 0;
    session::RequestCounters websocket_requests;
    api::RequestCounters http_requests;
    Refusals refusals;

    LoopFigures& operator+=(const LoopFigures& other);
};

/// The document of [OPS-72] to [OPS-74] and [MTX-1]. `created`: when the counters were 0.
std::string metrics_document(const LoopFigures& loops, const cache::Hub& hub, const NatsBus& bus,
                             const nats::Traffic& traffic,
                             std::chrono::system_clock::time_point created);

}  // namespace resgate::gateway
