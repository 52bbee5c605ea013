#pragma once

#include <chrono>
#include <cstddef>

namespace resgate {

/// Every bound of the gateway in one place: sizes in bytes, 0 = no limit unless said otherwise.
struct Limits {
    // Set by the operator (part 95 of the specification).

    /// [LMT-1] One WebSocket message or HTTP request body: far above what the protocol needs.
    std::size_t max_message_size = 1048576;
    /// [LMT-2] Request line and headers: room for a few cookies and a token.
    std::size_t max_header_size = 16384;
    /// [LMT-3] Client connections.
    std::size_t max_connections = 0;
    /// [LMT-4] Client connections of one peer address.
    std::size_t max_connections_per_address = 0;
    /// [LMT-5] Subscriptions of one connection.
    std::size_t max_subscriptions = 0;
    /// [LMT-6] Output queued for one connection that does not read.
    std::size_t max_pending_bytes = 16777216;
    /// [LMT-7] From accept to a complete request head.
    std::chrono::milliseconds handshake_timeout{10000};
    /// [LMT-8] Idle HTTP connection between requests.
    std::chrono::milliseconds keep_alive_timeout{60000};
    /// [LMT-9] Silence before a WebSocket is pinged; 0 = never.
    std::chrono::milliseconds ping_interval{30000};
    /// [LMT-10] Silence after that ping.
    std::chrono::milliseconds ping_timeout{10000};

    // Fixed by the protocol.

    /// [LIM-1] Direct subscriptions of one resource on one connection.
    static constexpr unsigned direct_subscriptions = 256;
    /// [SUBJ-8] A NATS server with default configuration drops a client whose control line is
    /// longer.
    static constexpr std::size_t nats_control_line = 4096;
    /// [TMO-4] The longest time a pre-response can ask for.
    static constexpr std::chrono::milliseconds longest_timeout{3600000};
    /// [RST-6] Events set aside for one resource during a reset, by number and payload size.
    static constexpr std::size_t set_aside_events = 1000;
    static constexpr std::size_t set_aside_bytes = 1048576;
    /// [QEV-6] What waits for a name that a query event has locked, by memory it takes: far more
    /// than services say about one name while they answer, even if a request times out.
    static constexpr std::size_t locked_bytes = 16777216;
    /// [LCS-7] Size of the table up to which a collection difference is exactly the specified one.
    static constexpr std::size_t exact_difference_cells = 1000000;

    // Fixed for the gateway's own protection.

    /// Body of an answer to GET, and how many resources are written into it. What several refer to
    /// is written several times ([HTTP-92]), so a graph of forty small models could ask for
    /// terabytes; this is far more than anybody reads in one piece, and half a second of work.
    static constexpr std::size_t http_body = 67108864;
    static constexpr std::size_t http_body_resources = 1000000;
};

}  // namespace resgate
