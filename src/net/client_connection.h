#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "base/frame.h"
#include "http/response.h"
#include "net/client_handler.h"
#include "net/client_socket.h"
#include "net/intrusive_list.h"
#include "net/output_queue.h"
#include "net/peer_address.h"
#include "ws/codec.h"
#include "ws/handshake.h"

namespace resgate::net {

class Clients;
class EventLoop;
class HttpInput;

/// One client, from accept to the end: HTTP requests first, a WebSocket after an upgrade.
///
/// Belongs to a `Clients` and to the thread of its loop; all functions are for that thread. It may
/// end at any time while none of its callbacks runs, and tells the attached `ClientHandler`. Every
/// function may be called from within callbacks. Nothing is written before the end of the turn;
/// then everything queued leaves with one system call.
class ClientConnection {
  public:
    /// Who is told about messages and about the end; null for nobody. It must attach null, or be
    /// told of the end, before it is destroyed.
    void attach(ClientHandler* handler) { handler_ = handler; }

    /// Answers the pending request. Ignored if the connection has ended meanwhile.
    void respond(const http::Response& response);

    /// Answers the pending request with 101; the connection is a WebSocket from then on and speaks
    /// to the attached handler. `extra` are the headers of meta ([WS-25]).
    void upgrade(const ws::Handshake& handshake, const http::Headers& extra = {});

    /// Queues a frame (made by `ws::text_frame`) on a WebSocket. Ignored if it is being closed. If
    /// more than `Limits::max_pending_bytes` wait already, the connection is closed with 1013
    /// instead ([LMT-6]).
    void send(FramePtr frame);

    /// Ends the connection after what is queued: a WebSocket with a close frame, HTTP without
    /// ([WS-48]). `reason` is static text for `on_closed`, which follows at the end of the turn.
    void close(ws::CloseCode code, std::string_view reason = "closed by the gateway");

    bool is_websocket() const;

    /// Bytes queued and not yet taken by the operating system.
    std::size_t pending_bytes() const { return output_.bytes(); }

    const PeerAddress& peer() const { return peer_; }

    EventLoop& loop() const;
};

}  // namespace resgate::net
