#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "base/limits.h"
#include "http/request_reader.h"
#include "net/client_connection.h"
#include "net/tls_server_context.h"
#include "ws/deflater.h"
#include "ws/inflater.h"

namespace resgate::net {

class Admission;
class EventLoop;

/// The client connections of one event loop. Thread of that loop, unless said otherwise.
///
/// `loop`, `limits`, `handler` and `admission` outlive it. It is constructed before the loop runs
/// (or on its thread), and destructed after the loop has ended; then nobody is told of an end.
class Clients {
  public:
    /// Data frames sent on WebSockets, frame headers included ([MTX-4]).
    struct Sent {
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
    };

    /// Connections with an answered WebSocket handshake ([OPS-75]).
    struct WebSockets {
        std::uint64_t current = 0;  ///< not those being closed
        std::uint64_t total = 0;
    };

    Clients(EventLoop& loop, const Limits& limits, RequestHandler& handler, Admission& admission);
    ~Clients();
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    /// From now on new connections speak TLS; null: plain ([OPS-12], [OPS-15]).
    void use_tls(TlsServerContextPtr tls) { tls_ = std::move(tls); }

    /// Takes over an accepted, non-blocking socket. Any thread.
    void adopt(FileDescriptor socket, PeerAddress peer);

    /// Shutdown, first step: closes every WebSocket with this code ([WS-48]). From now on no client
    /// is waited for once its close frame is written.
    void close_websockets(ws::CloseCode code, std::string_view reason);

    /// Shutdown, second step: ends HTTP connections that wait for no answer now, the others after
    /// their answer ([OPS-22]); no client is waited for either.
    void finish();

    /// Ends everything at once; `on_closed` follows at the end of the turn.
    void abort(std::string_view reason);

    /// Connections, those still being closed included.
    std::size_t size() const { return size_; }

    /// Calls `call` at the end of each turn in which `size` became 0.
    void on_empty(std::function<void()> call) { on_empty_ = std::move(call); }

    const Sent& sent() const { return sent_; }

    const WebSockets& websockets() const { return websockets_; }

    /// Output waiting on all WebSockets, in bytes. Visits every connection.
    std::size_t pending_websocket_bytes() const;

    EventLoop& loop() { return loop_; }

  private:
    friend class ClientConnection;

    void take(FileDescriptor socket, const PeerAddress& peer);
    void flush();
    void remove(ClientConnection& connection);

    /// A reader for a request that begins. Most requests arrive in one piece, so that one reader
    /// serves all connections, one after the other.
    std::unique_ptr<http::RequestReader> take_reader();
    void give_back(std::unique_ptr<http::RequestReader> reader);

    /// The value of `Date` now ([HTTP-3]).
    std::string_view date();

    EventLoop& loop_;
    const Limits& limits_;
    RequestHandler& handler_;
    Admission& admission_;
    TlsServerContextPtr tls_;
    std::vector<char> scratch_;  ///< all connections read into it, one after the other
    std::unique_ptr<http::RequestReader> spare_reader_;
    ws::Deflater deflater_;  ///< of all connections, as the next one
    ws::Inflater inflater_;
    std::vector<ClientConnectionPtr> dirty_;
    /// The poller may have found something for them: they live on to the loop's own turn.
    std::vector<ClientConnectionPtr> ended_in_visits_;
    boost::intrusive::list<
        ClientConnection,
        boost::intrusive::member_hook<ClientConnection, boost::intrusive::list_member_hook<>,
                                      &ClientConnection::place_>,
        boost::intrusive::constant_time_size<false>>
        all_;
    std::size_t size_ = 0;
    std::function<void()> on_empty_;
    bool emptied_ = false;
    bool hurried_ = false;    ///< clients are not waited for any more
    bool finishing_ = false;  ///< no connection is kept after its answer
    Sent sent_;
    WebSockets websockets_;
    std::int64_t date_second_ = -1;
    std::string date_;
};

}  // namespace resgate::net
