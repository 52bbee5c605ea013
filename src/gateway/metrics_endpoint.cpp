#include "gateway/metrics_endpoint.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "http/gzip.h"
#include "http/response.h"
#include "http/target.h"

namespace resgate::gateway {

namespace {

Limits without_connection_limits(Limits limits) {
    limits.max_connections = 0;
    limits.max_connections_per_address = 0;
    return limits;
}

/// `close`: the request's body was not read to its end.
http::Response plain_text(int status, std::string_view body, bool close) {
    http::Response response;
    response.status = status;
    response.content_type = http::text_type;
    response.body.append(body).append("\n");
    response.close = close;
    return response;
}

/// [OPS-71]
http::Response document_response(std::string&& document, bool compressed, bool close) {
    http::Response response;
    response.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers.push_back({"Vary", "Accept-Encoding"});
    if (compressed)
        response.headers.push_back({"Content-Encoding", "gzip"});
    response.body = compressed ? http::gzip(document) : std::move(document);
    response.close = close;
    return response;
}

bool accepts_gzip(const http::Request& request) {
    return std::ranges::any_of(request.headers, [](const http::HeaderLine& header) {
        return http::equal_ignoring_case(header.name, "Accept-Encoding") &&
               header.value.find("gzip") != std::string_view::npos;
    });
}

bool is_unread(const http::Request& request) {
    return request.body_state != http::BodyState::complete;
}

}  // namespace

/// A connection that waits for the document. Shared by who collects it, so that it may end before.
class MetricsEndpoint::Scrape final : public net::ClientHandler {
  public:
    explicit Scrape(net::ClientConnection& connection) : connection_(&connection) {
        connection.attach(this);
    }

    void answer(const http::Response& response) {
        if (!connection_)
            return;
        connection_->attach(nullptr);
        std::exchange(connection_, nullptr)->respond(response);
    }

    void on_message(net::ClientConnection&, std::string_view) override {}

    void on_closed(net::ClientConnection&, std::string_view) override { connection_ = nullptr; }

  private:
    net::ClientConnection* connection_;
};

MetricsEndpoint::MetricsEndpoint(net::EventLoop& loop, const Limits& limits, Log& log,
                                 Source source)
    : loop_(loop),
      limits_(without_connection_limits(limits)),
      log_(log),
      source_(std::move(source)),
      admission_(limits_),
      clients_(loop, limits_, *this, admission_),
      listener_(loop, {&clients_}) {}

std::optional<std::string> MetricsEndpoint::start(const std::string& address, std::uint16_t port) {
    return listener_.start(address, port);
}

void MetricsEndpoint::stop(std::function<void()> done) {
    listener_.stop();
    // What has been accepted in this turn is still on its way to the clients.
    loop_.post([this, done = std::move(done)] {
        clients_.finish();
        if (clients_.size() == 0)
            return done();
        clients_.on_empty(done);
    });
}

void MetricsEndpoint::on_request(net::ClientConnection& connection, http::Request&& request) {
    std::string room;
    const std::string_view path =
        http::percent_decode(http::split_target(request.target).path, room);
    if (path == "/metrics")
        return send_document(connection, request);
    if (path == "/healthz")
        return connection.respond(plain_text(200, "ok", is_unread(request)));
    if (path != "/readyz")
        return connection.respond(plain_text(404, "404 page not found", is_unread(request)));
    const std::string_view reason = source_.not_ready();
    connection.respond(reason.empty() ? plain_text(200, "ready", is_unread(request))
                                      : plain_text(503, reason, is_unread(request)));
}

void MetricsEndpoint::send_document(net::ClientConnection& connection,
                                    const http::Request& request) {
    const auto scrape = std::make_shared<Scrape>(connection);
    source_.collect([scrape, compressed = accepts_gzip(request),
                     close = is_unread(request)](std::string&& document) {
        scrape->answer(document_response(std::move(document), compressed, close));
    });
}

void MetricsEndpoint::on_refused(const net::ClientConnection& connection,
                                 std::string_view property) {
    log_.debug("Refused " + connection.peer().text() +
               " at the metrics port: " + std::string(property) + " exceeded");
}

void MetricsEndpoint::on_handshake_failed(const net::ClientConnection& connection,
                                          std::string_view reason) {
    log_.debug("TLS handshake with " + connection.peer().text() +
               " at the metrics port failed: " + std::string(reason));
}

}  // namespace resgate::gateway
