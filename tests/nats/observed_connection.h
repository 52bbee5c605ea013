#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "nats/connection.h"
#include "net/event_loop.h"

namespace resgate::nats {

/// Runs the loop until something has come true; fails the test after a long time.
inline void run_until(net::EventLoop& loop, const std::function<bool()>& come_true) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!come_true()) {
        if (std::chrono::steady_clock::now() >= give_up) {
            ADD_FAILURE() << "waited too long";
            return;
        }
        loop.take_turn(std::chrono::milliseconds(100));
    }
}

/// Runs the loop for so long.
inline void run_for(net::EventLoop& loop, std::chrono::milliseconds duration) {
    const auto end = std::chrono::steady_clock::now() + duration;
    run_until(loop, [end] { return std::chrono::steady_clock::now() >= end; });
}

/// Takes a turn without waiting.
inline void take_turn(net::EventLoop& loop) {
    loop.take_turn(std::chrono::milliseconds(0));
}

struct Received {
    Sid sid = 0;
    std::string subject;
    std::string reply;
    std::string payload;
    unsigned status = 0;

    bool operator==(const Received&) const = default;
};

/// A connection that writes down what happens on it.
class ObservedConnection final : public ConnectionEvents {
  public:
    net::EventLoop& loop;
    Connection connection;
    bool connected = false;
    std::vector<Received> received;
    std::vector<std::size_t> batches;  ///< number of messages received at the end of each
    std::vector<std::string> errors;
    std::optional<std::string> closed;
    std::function<void(const Message&)> when_message;

    ObservedConnection(net::EventLoop& on, ConnectionOptions options, std::uint32_t seed = 1)
        : loop(on), connection(on, std::move(options), std::mt19937(seed), *this) {}

    static ConnectionOptions options(std::string_view urls) {
        ConnectionOptions options;
        options.servers = parse_servers(urls).value();
        options.client_name = "test";
        options.client_version = "1.0";
        return options;
    }

    void connect() {
        connection.start();
        run_until(loop, [this] { return connected || closed; });
        ASSERT_TRUE(connected) << *closed;
    }

    /// The reason for which the connection ends.
    std::string wait_closed() {
        run_until(loop, [this] { return closed.has_value(); });
        return closed.value_or("still open");
    }

    void wait_received(std::size_t count) {
        run_until(loop, [&] { return received.size() >= count || closed; });
    }

    /// Returns when the server has worked off everything sent before.
    void round_trip() {
        const Sid sid = connection.subscribe("round.trip").value();
        const auto is_back = [sid](const Received& message) { return message.sid == sid; };
        connection.publish("round.trip", "", "");
        run_until(loop, [&] { return closed || (!received.empty() && is_back(received.back())); });
        std::erase_if(received, is_back);
        connection.unsubscribe(sid);
    }

    void on_connected() override { connected = true; }

    void on_message(const Message& message) override {
        received.push_back({message.sid, std::string(message.subject), std::string(message.reply),
                            std::string(message.payload), message.status});
        if (when_message) {
            when_message(message);
        }
    }

    void on_read_batch_end() override { batches.push_back(received.size()); }

    void on_server_error(std::string_view text) override { errors.emplace_back(text); }

    void on_closed(const std::string& reason) override {
        EXPECT_FALSE(closed) << "closed twice";
        closed = reason;
    }
};

}  // namespace resgate::nats
