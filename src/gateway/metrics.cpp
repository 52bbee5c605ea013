#include "gateway/metrics.h"

#include <utility>

#include "ops/open_metrics.h"
#include "ops/process_metrics.h"
#include "ops/version.h"
#include "res/version.h"

namespace resgate::gateway {

namespace {

using ops::OpenMetricsWriter;
using Type = OpenMetricsWriter::Type;

std::string label(std::string_view name, std::string_view value) {
    return std::string(name) + "=\"" + std::string(value) + '"';
}

void write_gauge(OpenMetricsWriter& writer, std::string_view name, std::string_view help,
                 std::uint64_t value) {
    writer.family(name, Type::gauge, help);
    writer.gauge(value);
}

void write_counter(OpenMetricsWriter& writer, std::string_view name, std::string_view help,
                   std::uint64_t value) {
    writer.family(name, Type::counter, help);
    writer.counter("", value);
}

/// [OPS-73]: these texts and this order.
void write_gateway_families(OpenMetricsWriter& writer, const LoopFigures& loops,
                            const cache::Hub& hub) {
    writer.family("resgate", Type::info, "Information about resgate.");
    writer.info(label("version", ops::program_version()) + ',' +
                label("protocol", res::latest_version_text));

    write_gauge(writer, "resgate_ws_current_connections",
                "Current established WebSocket connections.", loops.websockets.current);
    write_counter(writer, "resgate_ws_connections", "Total established WebSocket connections.",
                  loops.websockets.total);

    const session::RequestCounters& ws = loops.websocket_requests;
    writer.family("resgate_ws_requests", Type::counter, "Total WebSocket client requests.");
    writer.counter(label("method", "get"), ws.get);
    writer.counter(label("method", "subscribe"), ws.subscribe);
    writer.counter(label("method", "unsubscribe"), ws.unsubscribe);
    writer.counter(label("method", "call"), ws.call);
    writer.counter(label("method", "auth"), ws.auth);

    const api::RequestCounters& http = loops.http_requests;
    writer.family("resgate_http_requests", Type::counter, "Total HTTP client requests.");
    writer.counter(label("method", "GET"), http.get);
    writer.counter(label("method", "POST"), http.post);
    for (const auto& [method, count] :
         {std::pair{"PUT", http.put}, {"DELETE", http.delete_}, {"PATCH", http.patch}}) {
        if (count > 0)
            writer.counter(label("method", method), count);
    }

    write_gauge(writer, "resgate_cache_resources",
                "Current number of resources stored in the cache.", hub.entry_count());
    write_gauge(writer, "resgate_cache_subscriptions",
                "Current number of subscriptions on cached resources.", hub.use_count());
}

void write_client_families(OpenMetricsWriter& writer, const LoopFigures& loops) {
    write_counter(writer, "resgate_ws_sent_messages", "Messages sent to WebSocket clients.",
                  loops.sent.messages);
    write_counter(writer, "resgate_ws_sent_bytes",
                  "Bytes sent to WebSocket clients, frame headers included.", loops.sent.bytes);
    write_gauge(writer, "resgate_ws_pending_bytes", "Bytes waiting for WebSocket clients to read.",
                loops.pending_websocket_bytes);
    writer.family("resgate_rejected", Type::counter, "Refusals by the limit that was exceeded.");
    for (const auto& [property, count] : loops.refusals)
        writer.counter(label("reason", property), count);
}

void write_service_families(OpenMetricsWriter& writer, const cache::Hub& hub, const NatsBus& bus,
                            const nats::Traffic& traffic) {
    const auto by_direction = [&writer](std::uint64_t in, std::uint64_t out) {
        writer.counter(label("direction", "in"), in);
        writer.counter(label("direction", "out"), out);
    };
    writer.family("resgate_nats_messages", Type::counter, "NATS messages.");
    by_direction(traffic.messages_in, traffic.messages_out);
    writer.family("resgate_nats_bytes", Type::counter, "Bytes of payload of NATS messages.");
    by_direction(traffic.bytes_in, traffic.bytes_out);

    constexpr std::pair<cache::RequestType, std::string_view> types[] = {
        {cache::RequestType::access, "access"}, {cache::RequestType::get, "get"},
        {cache::RequestType::call, "call"},     {cache::RequestType::auth, "auth"},
        {cache::RequestType::query, "query"},
    };
    static_assert(std::size(types) == cache::request_type_count);
    writer.family("resgate_request_duration_seconds", Type::histogram,
                  "Time from a request to a service to its reply.");
    for (const auto& [type, name] : types)
        writer.histogram(label("type", name), bus.figures(type).durations);
    writer.family("resgate_request_timeouts", Type::counter,
                  "Requests to services without reply in time.");
    for (const auto& [type, name] : types)
        writer.counter(label("type", name), bus.figures(type).timeouts);
    write_counter(writer, "resgate_query_locks_given_up",
                  "Locks of query events that too much waited for.", hub.locks_given_up());
}

}  // namespace

LoopFigures& LoopFigures::operator+=(const LoopFigures& other) {
    websockets.current += other.websockets.current;
    websockets.total += other.websockets.total;
    sent.messages += other.sent.messages;
    sent.bytes += other.sent.bytes;
    pending_websocket_bytes += other.pending_websocket_bytes;
    websocket_requests.get += other.websocket_requests.get;
    websocket_requests.subscribe += other.websocket_requests.subscribe;
    websocket_requests.unsubscribe += other.websocket_requests.unsubscribe;
    websocket_requests.call += other.websocket_requests.call;
    websocket_requests.auth += other.websocket_requests.auth;
    http_requests.get += other.http_requests.get;
    http_requests.post += other.http_requests.post;
    http_requests.put += other.http_requests.put;
    http_requests.delete_ += other.http_requests.delete_;
    http_requests.patch += other.http_requests.patch;
    for (const auto& [property, count] : other.refusals)
        refusals[property] += count;
    return *this;
}

std::string metrics_document(const LoopFigures& loops, const cache::Hub& hub, const NatsBus& bus,
                             const nats::Traffic& traffic,
                             std::chrono::system_clock::time_point created) {
    OpenMetricsWriter writer(created);
    write_gateway_families(writer, loops, hub);
    ops::write_process_metrics(writer, ops::read_process_figures());
    write_client_families(writer, loops);
    write_service_families(writer, hub, bus, traffic);
    return writer.finish();
}

}  // namespace resgate::gateway
