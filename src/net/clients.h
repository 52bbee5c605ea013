#pragma once

#include <cstddef>
#include <functional>

#include "base/limits.h"
#include "net/client_connection.h"

namespace resgate::net {

class Admission;
class EventLoop;

/// The client connections of one event loop. Thread of that loop, unless said otherwise.
///
/// `loop`, `limits`, `handler` and `admission` outlive it; it is destructed before the loop, after
/// the loop has ended (or on the loop's thread).
class Clients {
  public:
    Clients(EventLoop& loop, const Limits& limits, RequestHandler& handler, Admission& admission);
    ~Clients();

    /// Takes over an accepted, non-blocking socket. Any thread.
    void adopt(FileDescriptor socket, PeerAddress peer);

    /// Shutdown, first step: every WebSocket is closed with this code ([WS-48]). From now on a
    /// closing connection is not waited for.
    void close_websockets(ws::CloseCode code, std::string_view reason);

    /// Shutdown, second step: ends HTTP connections that wait for no answer now, and the others
    /// after their answer.
    void finish();

    /// Ends everything at once.
    void abort();

    /// Connections, those still being closed included.
    std::size_t size() const;

    /// Called at the end of each turn in which `size` became 0.
    void on_empty(std::function<void()> call);
};

}  // namespace resgate::net
