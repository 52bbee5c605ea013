#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/intrusive/list.hpp>

#include "api/resource_api.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/once_log.h"
#include "base/random.h"
#include "cache/messages.h"
#include "gateway/metrics.h"
#include "http/origin.h"
#include "net/admission.h"
#include "net/client_handler.h"
#include "net/clients.h"
#include "net/event_loop.h"
#include "session/sessions.h"
#include "ws/handshake.h"

namespace resgate::gateway {

/// Settings of the client side, the same for all loops.
struct FrontendSettings {
    std::string ws_path;
    api::Settings api;
    http::AllowedOrigins origins;
    std::optional<session::AuthMethod> ws_header_auth;
    ws::Compression ws_compression = ws::Compression::off;
    Limits limits;
};

/// The client side of one loop: its connections and sessions, and which of them belong together.
/// Decides what a request is: a WebSocket handshake, a resource, or nothing ([HTTP-13]). Lives on
/// the loop's thread, but for construction and destruction, which happen while no loop runs.
class Frontend final : private net::RequestHandler {
  public:
    /// `settings` and the other references outlive the object.
    Frontend(net::EventLoop& loop, cache::LoopIndex index, cache::HubPort& hub,
             const FrontendSettings& settings, net::Admission& admission, Log& log,
             OnceLog& once_log, const Random& random);
    ~Frontend() override;

    net::Clients& clients() { return clients_; }

    session::Sessions& sessions() { return sessions_; }

    /// What this loop has counted so far.
    LoopFigures figures() const;

    /// The shutdown begins ([OPS-22]): new requests are refused from now on. Returns how many
    /// sessions there are, those of HTTP requests included.
    std::size_t refuse_requests();
    /// First step: WebSockets are closed. `done` is called on this thread once no session is left.
    void close_sessions(std::function<void()> done);
    /// Which sessions are left after the time for the first step ([OPS-21]): `[<cid>], [<cid>]`.
    std::string unclosed_sessions() const;
    /// Second step: HTTP connections end, after the answers that are under way. `done` is called
    /// on this thread once no connection is left.
    void close_connections(std::function<void()> done);

  private:
    /// Somebody who is concerned with a connection; nobody else is attached to those of a frontend.
    /// Owns itself: ends with the connection, or with its request.
    class Attached : public net::ClientHandler,
                     public boost::intrusive::list_base_hook<
                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
      public:
        /// The gateway shuts down. May destroy the object.
        virtual void on_stopping() {}

        /// Of its session; empty if that has ended.
        virtual std::string_view cid() const = 0;
    };
    class WebSocketClient;
    class HttpClient;

    void on_request(net::ClientConnection& connection, http::Request&& request) override;
    void on_refused(const net::ClientConnection& connection, std::string_view property) override;

    void on_handshake_failed(const net::ClientConnection& connection,
                             std::string_view reason) override;

    void shake_hands(net::ClientConnection& connection, const http::Request& request);
    void serve(net::ClientConnection& connection, http::Request&& request);
    void check_closed();
    void trace(const WebSocketClient& client, std::string_view event, std::string_view detail);

    net::EventLoop& loop_;
    const FrontendSettings& settings_;
    Log& log_;
    session::Sessions sessions_;
    api::ResourceApi api_;
    net::Clients clients_;
    boost::intrusive::list<Attached, boost::intrusive::constant_time_size<false>> attached_;
    Refusals refusals_;
    bool stopping_ = false;
    std::function<void()> sessions_closed_;
    std::function<void()> connections_closed_;
};

}  // namespace resgate::gateway
