#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/timers.h"
#include "nats/codec.h"
#include "nats/dialer.h"
#include "nats/handshake.h"
#include "nats/publisher.h"
#include "nats/server_address.h"
#include "nats/stream.h"
#include "nats/tls_context.h"
#include "net/poller.h"

namespace resgate::net {

class EventLoop;

}  // namespace resgate::net

namespace resgate::nats {

/// What happens on a connection. Never called from within a call to the connection.
class ConnectionEvents {
  public:
    virtual ~ConnectionEvents() = default;

    /// The server has accepted us; from now on there may be subscriptions and messages.
    virtual void on_connected() = 0;
    /// Messages in strict order of arrival ([OPS-48]).
    virtual void on_message(const Message& message) = 0;
    /// After the last `on_message` of a loop turn: the time to pass on what they caused.
    virtual void on_read_batch_end() = 0;
    /// An error that does not end the connection, to be logged as an error ([OPS-31]).
    virtual void on_server_error(std::string_view text) = 0;
    /// The last event, once: all servers refused, or the connection is lost ([OPS-30], [OPS-42]).
    /// `reason` is empty after `close`. The connection may be destroyed from within this call.
    virtual void on_closed(const std::string& reason) = 0;
};

struct ConnectionOptions {
    std::vector<ServerAddress> servers;
    std::string client_name;
    std::string client_version;
    /// May be null; outlives the connection.
    Authenticator* authenticator = nullptr;
    TlsOptions tls;
    /// For resolving, connecting and handshake with one server ([OPS-41]).
    std::chrono::milliseconds connect_timeout{2000};
    /// Keep-alive, and when a silent server counts as lost ([OPS-46]).
    std::chrono::milliseconds ping_interval{120000};
    unsigned max_unanswered_pings = 2;
    /// How long `close` waits for the server to take the rest and close as well ([OPS-20]).
    std::chrono::milliseconds close_timeout{2000};
    /// The owner calls `flush` at the end of each turn once connected. Otherwise the connection
    /// sees to it by itself, with a call it posts to the loop.
    bool flushed_by_owner = false;
    /// Output waiting for a server that does not read; more ends the connection.
    std::size_t max_pending_bytes = 268435456;
};

/// Messages and bytes of payload, since the connection was made ([MTX-4]).
struct Traffic {
    std::uint64_t messages_in = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t messages_out = 0;
    std::uint64_t bytes_out = 0;
};

/// The connection to the messaging system (30.1). Connects once and never again ([NAT-3]).
///
/// Belongs to the thread of its loop. Output is gathered and written once a loop turn. What would
/// make the server close the connection is not sent ([NAT-6]).
class Connection final : public Publisher, private ServerEvents, private net::Pollable {
  public:
    /// `random` orders the servers ([OPS-41]). The references outlive the connection.
    Connection(net::EventLoop& loop, ConnectionOptions options, const Random& random,
               ConnectionEvents& events);
    /// Must not be destroyed from within an event other than `on_closed`.
    ~Connection() override;

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Begins to connect; ends in `on_connected` or `on_closed`. Once only.
    void start();

    /// Sends what is gathered, then closes; ends in `on_closed`. No further message is handed
    /// over. Harmless when repeated.
    void close();

    bool connected() const { return state_ == State::open; }

    /// The failure is why nothing was sent.
    Result<Sid, SendStatus> subscribe(std::string_view subject);
    /// Messages already on their way may still arrive. Unknown sids are harmless.
    void unsubscribe(Sid sid);

    SendStatus publish(std::string_view subject, std::string_view reply,
                       std::string_view payload) override;

    /// Writes what is gathered now instead of at the end of the turn.
    void flush();

    /// The largest payload the server accepts, in bytes.
    std::size_t max_payload() const { return max_payload_; }

    const Traffic& traffic() const { return traffic_; }

  private:
    enum class State : std::uint8_t {
        idle,
        dialing,
        greeting,        ///< waiting for INFO
        securing,        ///< in the TLS handshake
        authenticating,  ///< waiting for the answer to CONNECT
        open,
        closing,  ///< waiting for the server to close as well
        closed,
    };

    void on_info(std::string_view json) override;
    void on_message(const Message& message) override;
    void on_ping() override;
    void on_pong() override;
    void on_error(std::string_view text) override;

    void try_next_server();
    void greet(ServerInfo&& server);
    void introduce();
    void opened();
    void start_ping_timer();
    void ping_due();

    void on_ready(bool input, bool output) override;
    void watch();
    void read();
    bool read_some(std::string& lost_reason);
    bool load_tls_context();
    void schedule_flush();

    bool is_flushed_by_owner() const { return options_.flushed_by_owner && state_ == State::open; }

    void start_deadline(std::chrono::milliseconds delay, std::string reason);
    void lost(const std::string& reason);
    void abandon();
    void finish(const std::string& reason);

    struct Life {};

    net::EventLoop& loop_;
    ConnectionOptions options_;
    ConnectionEvents& events_;
    State state_ = State::idle;
    std::size_t next_server_ = 0;
    std::string failure_;  ///< why the servers tried so far did not work

    Dialer dialer_;
    Stream stream_;
    TimerId deadline_ = TimerId::none;
    TimerId ping_timer_ = TimerId::none;
    unsigned unanswered_pings_ = 0;

    bool wants_tls_ = false;
    std::optional<TlsContext> tls_context_;  ///< once it is needed
    ServerInfo server_info_;                 ///< of the handshake

    std::optional<Parser> parser_;
    bool reading_ = false;
    bool delivered_ = false;  ///< a message, since the last `on_read_batch_end`

    bool flush_scheduled_ = false;
    bool waiting_writable_ = false;
    bool output_ended_ = false;  ///< a write has failed; the end is near

    Traffic traffic_;
    std::size_t max_payload_ = 1048576;  ///< a server's default, until it tells
    Sid last_sid_ = 0;
    std::shared_ptr<Life> life_;  ///< calls posted for what was abandoned find theirs gone
};

}  // namespace resgate::nats
