#include "gateway/frontend.h"

#include <chrono>
#include <utility>

#include "api/handshake.h"
#include "api/meta.h"
#include "api/responses.h"
#include "http/target.h"
#include "res/error.h"

namespace resgate::gateway {

namespace {

constexpr std::string_view stopping_reason = "Server is shutting down";

}  // namespace

/// A WebSocket and its session, which exists before the handshake is answered ([WS-20]). What the
/// session sends goes to the connection without a detour.
class Frontend::WebSocketClient final : public Attached {
  public:
    WebSocketClient(Frontend& frontend, net::ClientConnection& connection,
                    std::string_view handshake)
        : frontend_(frontend),
          connection_(connection),
          session_(frontend.sessions_.open(&connection, {Text(handshake), true, nullptr})) {}

    ~WebSocketClient() override {
        frontend_.loop_.timers().cancel(ending_);
        frontend_.sessions_.close(session_);
    }

    std::string_view cid() const override { return session_.cid(); }

    /// Answers the handshake, after header authentication if that is configured.
    void answer(ws::Handshake handshake) {
        const auto& method = frontend_.settings_.ws_header_auth;
        if (!method)
            return upgrade(handshake, {});
        session_.authenticate(*method,
                              [this, handshake = std::move(handshake)](const res::Meta& meta) {
                                  on_authenticated(handshake, meta);
                              });
    }

    void on_message(net::ClientConnection&, std::string_view message) override {
        session_.on_message(message);
    }

    std::size_t held_bytes() const override { return session_.request_bytes(); }

    void on_closed(net::ClientConnection&, std::string_view reason) override {
        if (upgraded_)
            frontend_.trace(*this, "Disconnected: ", reason);
        delete this;
    }

    void on_stopping() override {
        if (upgraded_)
            return frontend_.trace(*this, "Disconnecting - ", stopping_reason);
        if (ending_ != TimerId::none)
            return;
        // [WS-8]
        respond(api::error_response(res::errors::service_unavailable(), {}));
        delete this;
    }

  private:
    void on_authenticated(const ws::Handshake& handshake, const res::Meta& meta) {
        http::Headers headers;  // [WS-25]
        api::merge_headers(headers, meta);
        if (meta.status && api::is_direct_status(*meta.status)) {  // [WS-26]
            respond(api::direct_response(meta, std::move(headers), frontend_.api_.path()));
            // The session is about to return from this call.
            ending_ = frontend_.loop_.timers().start(std::chrono::milliseconds(0),
                                                     [this] { delete this; });
            return;
        }
        if (meta.status)  // [WS-27]
            frontend_.log_.error("[" + std::string(cid()) + "] Invalid WebSocket meta status: " +
                                 std::to_string(*meta.status));
        upgrade(handshake, headers);
    }

    void upgrade(const ws::Handshake& handshake, const http::Headers& extra) {
        upgraded_ = true;
        session_.become_websocket();
        connection_.upgrade(handshake, extra);
        frontend_.trace(*this, "Connected: ", connection_.peer().text());
    }

    /// The answer that ends the handshake; the connection may serve further requests.
    void respond(const http::Response& response) {
        connection_.attach(nullptr);
        connection_.respond(response);
    }

    Frontend& frontend_;
    net::ClientConnection& connection_;
    session::Session& session_;
    TimerId ending_ = TimerId::none;
    bool upgraded_ = false;
};

/// A connection whose HTTP request waits for services.
class Frontend::HttpClient final : public Attached, public api::PendingRequest {
  public:
    HttpClient(net::ClientConnection& connection, api::ResourceApi& api, http::Request&& request,
               api::Action&& action)
        : PendingRequest(api, std::move(request), std::move(action)), connection_(connection) {}

    std::string_view cid() const override { return PendingRequest::cid(); }

    void on_message(net::ClientConnection&, std::string_view) override {}

    void on_closed(net::ClientConnection&, std::string_view) override {  // [HTTP-59]
        delete this;
    }

  private:
    std::string remote_address() const override { return connection_.peer().text(); }

    void respond(http::Response& response) override {
        connection_.attach(nullptr);
        connection_.respond(response);
        delete this;
    }

    net::ClientConnection& connection_;
};

Frontend::Frontend(net::EventLoop& loop, cache::LoopIndex index, cache::HubPort& hub,
                   const FrontendSettings& settings, net::Admission& admission, Log& log,
                   OnceLog& once_log, const Random& random)
    : loop_(loop),
      settings_(settings),
      log_(log),
      sessions_(index, hub, log, once_log, random, settings.limits.max_subscriptions,
                settings.limits.max_pending_bytes),
      api_(sessions_, log, settings.api),
      clients_(loop, settings.limits, *this, admission) {
    loop.at_end_of_turn([this] { check_closed(); });
}

Frontend::~Frontend() {
    while (!attached_.empty())
        delete &attached_.front();
}

void Frontend::trace(const WebSocketClient& client, std::string_view event,
                     std::string_view detail) {
    if (!log_.enabled(LogLevel::trace))
        return;
    std::string line = "[";
    line += client.cid();
    line += "] ";
    line += event;
    line += detail;
    log_.trace(line);
}

void Frontend::on_request(net::ClientConnection& connection, http::Request&& request) {
    const http::Target target = http::split_target(request.target);
    if (!target.asterisk) {
        std::string room;
        const std::string_view path = http::percent_decode(target.path, room);
        if (path == settings_.ws_path)
            return shake_hands(connection, request);
        if (api_.handles(path))
            return serve(connection, std::move(request));
    }
    connection.respond(api::answer_outside_api(request));
}

void Frontend::shake_hands(net::ClientConnection& connection, const http::Request& request) {
    if (stopping_)  // [WS-8]
        return connection.respond(api::error_response(res::errors::service_unavailable(), {}));
    const std::string peer = connection.peer().text();
    auto handshake = ws::check_handshake(request, settings_.origins, settings_.ws_compression);
    if (!handshake) {
        log_.debug("Failed to upgrade connection from " + peer + ": " +
                   std::string(handshake.error().reason));  // [WS-5]
        return connection.respond(ws::refusal_response(handshake.error()));
    }
    auto* const client = new WebSocketClient(*this, connection, api::handshake_of(request, peer));
    attached_.push_back(*client);
    connection.attach(client);
    client->answer(std::move(*handshake));
}

void Frontend::serve(net::ClientConnection& connection, http::Request&& request) {
    api::Action action;
    if (const auto answer = api_.examine(request, action))
        return connection.respond(*answer);
    auto* const client = new HttpClient(connection, api_, std::move(request), std::move(action));
    attached_.push_back(*client);
    connection.attach(client);
    client->start();
}

void Frontend::on_refused(const net::ClientConnection& connection, std::string_view property) {
    ++refusals_[property];
    if (!log_.enabled(LogLevel::debug))
        return;
    std::string line;  // [LMT-14]
    const auto* const attached = static_cast<const Attached*>(connection.handler());
    if (attached && !attached->cid().empty())  // [OPS-62]
        line.append("[").append(attached->cid()).append("] ");
    line.append("Refused ").append(connection.peer().text()).append(": ");
    log_.debug(line.append(property).append(" exceeded"));
}

void Frontend::on_handshake_failed(const net::ClientConnection& connection,
                                   std::string_view reason) {
    log_.debug("TLS handshake with " + connection.peer().text() +
               " failed: " + std::string(reason));  // [OPS-14]
}

LoopFigures Frontend::figures() const {
    LoopFigures figures;
    figures.websockets = clients_.websockets();
    figures.sent = clients_.sent();
    figures.pending_websocket_bytes = clients_.pending_websocket_bytes();
    figures.websocket_requests = sessions_.counters();
    figures.http_requests = api_.counters();
    figures.refusals = refusals_;
    if (sessions_.refused_subscriptions() > 0)
        figures.refusals.emplace("maxSubscriptions", sessions_.refused_subscriptions());
    return figures;
}

std::size_t Frontend::refuse_requests() {
    stopping_ = true;
    api_.stop();
    return sessions_.session_count();
}

void Frontend::close_sessions(std::function<void()> done) {
    sessions_closed_ = std::move(done);
    for (auto next = attached_.begin(); next != attached_.end();)
        (next++)->on_stopping();
    clients_.close_websockets(ws::CloseCode::going_away, stopping_reason);
}

std::string Frontend::unclosed_sessions() const {
    std::string list;
    for (const Attached& each : attached_) {
        if (!each.cid().empty())
            list += (list.empty() ? "[" : ", [") + std::string(each.cid()) + "]";
    }
    return list;
}

void Frontend::close_connections(std::function<void()> done) {
    connections_closed_ = std::move(done);
    clients_.finish();
}

void Frontend::check_closed() {
    if (sessions_closed_ && sessions_.session_count() == 0)
        std::exchange(sessions_closed_, nullptr)();
    if (connections_closed_ && clients_.size() == 0)
        std::exchange(connections_closed_, nullptr)();
}

}  // namespace resgate::gateway
