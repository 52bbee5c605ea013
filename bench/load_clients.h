#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include "net/event_loop.h"

namespace resgate::bench {

class Client;
class Clients;

/// What happens on the connections of the load.
class ClientEvents {
  public:
    virtual ~ClientEvents() = default;

    /// The WebSocket handshake is done.
    virtual void on_open(Client& client) = 0;
    /// A WebSocket text, or the body of an HTTP response with status 200.
    virtual void on_message(Client& client, std::string_view text) = 0;
};

/// One connection to the gateway, WebSocket or HTTP.
class Client final : private net::Pollable {
  public:
    enum class Kind : std::uint8_t { websocket, http };

    std::size_t index() const { return index_; }

    /// Sends a text frame. Several in a row: see `append_frame`.
    void send(std::string_view text);
    /// Sends bytes as they are.
    void send_raw(std::string_view bytes);

    /// The request of an HTTP client for a path.
    void get(std::string_view path);

  private:
    friend class Clients;

    Client(Clients& clients, int socket, std::size_t index, Kind kind)
        : clients_(clients), socket_(socket), index_(index), kind_(kind) {}

    void on_ready(bool input, bool output) override;

    void receive(std::string_view bytes, ClientEvents& events);
    std::size_t take(std::string_view bytes, ClientEvents& events);
    std::size_t take_response(std::string_view bytes, ClientEvents& events);
    std::size_t take_frame(std::string_view bytes, ClientEvents& events);

    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    Clients& clients_;
    int socket_;
    std::size_t index_;
    Kind kind_;
    std::unique_ptr<SSL, FreeSsl> tls_;  ///< null without TLS
    bool upgraded_ = false;
    std::string partial_;  ///< the beginning of a message
};

/// The connections of the load: raw sockets in the loop's epoll set, so that ten thousand of them
/// cost the load little more than the reads. The program ends when one of them fails.
class Clients {
  public:
    enum class Transport : std::uint8_t { plain, tls };

    Clients(net::EventLoop& loop, std::uint16_t port, Transport transport, ClientEvents& events);
    ~Clients();
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    /// Connects; a WebSocket client begins its handshake.
    Client& connect(Client::Kind kind);
    /// Closes the socket, as a browser does that is closed. Not from within an event of another.
    void disconnect(Client& client);
    /// From now on nothing is read from it, and little of it fits into its socket.
    void stop_reading(Client& client);

    Client& operator[](std::size_t index) { return *clients_[index]; }

    std::size_t size() const { return clients_.size(); }

  private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    friend class Client;

    void read(Client& client);
    void read_tls(Client& client);

    std::uint16_t port_;
    std::unique_ptr<SSL_CTX, FreeContext> tls_;  ///< null without TLS
    ClientEvents& events_;
    net::EventLoop& loop_;
    std::unique_ptr<char[]> scratch_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::size_t> free_;  ///< places of clients that have gone
};

/// Appends a masked text frame; its mask of zeros leaves the text readable.
void append_frame(std::string& out, std::string_view text);

/// Ends the program: what the load found is no result.
[[noreturn]] void fail(std::string_view reason);

}  // namespace resgate::bench
