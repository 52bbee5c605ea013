#pragma once

#include <cstddef>
#include <string_view>

#include "http/request.h"

namespace resgate::net {

class ClientConnection;

/// Answers the requests of all connections of one `Clients`. Called on its loop's thread only.
class RequestHandler {
  public:
    virtual ~RequestHandler() = default;

    /// A request has arrived, a WebSocket handshake included. Must be answered exactly once, now or
    /// later, by `respond` or `upgrade`. The next request of that connection comes after the
    /// answer. Who answers later attaches a `ClientHandler` to learn of the client's going away
    /// ([HTTP-59]).
    virtual void on_request(ClientConnection& connection, http::Request&& request) = 0;

    /// A client exceeded a limit of part 95; `property` is its name ([LMT-14]). At most one call
    /// for each connection.
    virtual void on_refused(const ClientConnection& connection, std::string_view property) = 0;

    /// TLS could not be agreed on with a client ([OPS-14]); no request of it will come. Not called
    /// for one that just goes away or takes too long.
    virtual void on_handshake_failed(const ClientConnection& connection,
                                     std::string_view reason) = 0;
};

/// Whoever is concerned with one connection: the pending HTTP request, later the WebSocket session.
class ClientHandler {
  public:
    virtual ~ClientHandler() = default;

    /// A whole WebSocket message, text or binary ([WS-41]). Always well-formed UTF-8: bytes of a
    /// binary message that are not have been replaced ([JSN-10]). Valid during the call.
    virtual void on_message(ClientConnection& connection, std::string_view message) = 0;

    /// Bytes of memory that unanswered messages of the client take: counted as what waits to be
    /// written when it is decided whether to read on ([LMT-11], [LMT-13]). An answer is a reason to
    /// decide anew, so the bytes must be given back with one.
    virtual std::size_t held_bytes() const { return 0; }

    /// The connection has ended, whoever ended it. Called exactly once, between callbacks (never
    /// from within a function of the connection); no other call follows. Afterwards the connection
    /// must not be used. `reason` is for the log.
    virtual void on_closed(ClientConnection& connection, std::string_view reason) = 0;
};

}  // namespace resgate::net
