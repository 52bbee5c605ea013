#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/log.h"
#include "net/admission.h"
#include "net/client_handler.h"
#include "net/clients.h"
#include "net/event_loop.h"
#include "net/listener.h"

namespace resgate::gateway {

/// The HTTP server of the metrics port: `/metrics`, `/healthz` and `/readyz` ([OPS-70], [HLT-1]).
/// Lives on the hub's thread.
class MetricsEndpoint final : private net::RequestHandler {
  public:
    struct Source {
        /// Calls `done` with the document, at once or later, on the hub's thread.
        std::function<void(std::function<void(std::string)> done)> collect;
        /// Why the gateway is not ready; empty if it is.
        std::function<std::string_view()> not_ready;
    };

    /// `limits` are those of the API port, but for the numbers of connections, which do not count
    /// here. The references outlive the object.
    MetricsEndpoint(net::EventLoop& loop, const Limits& limits, Log& log, Source source);

    /// From now on new connections speak TLS.
    void use_tls(net::TlsServerContextPtr tls) { clients_.use_tls(std::move(tls)); }

    /// Binds and listens. The error is as that of `net::Listener::start`.
    std::optional<std::string> start(const std::string& address, std::uint16_t port);

    /// Ends every connection after the answer under way, then calls `done`.
    void stop(std::function<void()> done);

  private:
    class Scrape;

    void on_request(net::ClientConnection& connection, http::Request&& request) override;
    void on_refused(const net::ClientConnection& connection, std::string_view property) override;

    void on_handshake_failed(const net::ClientConnection& connection,
                             std::string_view reason) override;

    void send_document(net::ClientConnection& connection, const http::Request& request);

    net::EventLoop& loop_;
    Limits limits_;
    Log& log_;
    const Source source_;
    net::Admission admission_;
    net::Clients clients_;
    net::Listener listener_;
};

}  // namespace resgate::gateway
