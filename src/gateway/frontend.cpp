#include "gateway/frontend.h"

#include <utility>
#include <vector>

#include "http/target.h"
#include "res/error.h"
#include "res/service_request.h"
#include "ws/handshake.h"

namespace resgate::gateway {

namespace {

/// The members that tell services of the client's HTTP request ([REQ-6]).
std::string handshake_of(const http::Request& request, const std::string& peer) {
    const std::string* const host = http::find_header(request.headers, "Host");
    std::vector<res::HeaderLine> lines;
    lines.reserve(request.headers.size());
    for (const http::Header& header : request.headers)
        lines.push_back({header.name, header.value});
    std::string members = res::handshake_members(
        host ? std::string_view(*host) : std::string_view(), peer, request.target, lines);
    members.shrink_to_fit();  // it stays as long as the connection
    return members;
}

}  // namespace

/// A WebSocket and its session.
class Frontend::WebSocketClient final : public Attached, public session::Client {
  public:
    WebSocketClient(Frontend& frontend, net::ClientConnection& connection, std::string handshake)
        : frontend_(frontend),
          connection_(connection),
          session_(frontend.sessions_.open(this, {std::move(handshake), false})) {}

    ~WebSocketClient() override { frontend_.sessions_.close(session_); }

    std::string_view cid() const { return session_.cid(); }

    void send(FramePtr message) override { connection_.send(std::move(message)); }

    void on_message(net::ClientConnection&, std::string_view message) override {
        session_.on_message(message);
    }

    void on_closed(net::ClientConnection&, std::string_view reason) override {
        frontend_.trace(*this, "Disconnected: ", reason);
        delete this;
    }

  private:
    Frontend& frontend_;
    net::ClientConnection& connection_;
    session::Session& session_;
};

/// A connection whose HTTP request waits for services.
class Frontend::HttpClient final : public Attached {
  public:
    explicit HttpClient(net::ClientConnection& connection) : connection_(connection) {}

    void wait_for(std::unique_ptr<api::PendingRequest> request) {
        request_ = std::move(request);
        connection_.attach(this);
    }

    void answer(const http::Response& response) {
        connection_.respond(response);
        if (!request_)  // answered at once: nobody waits
            return;
        connection_.attach(nullptr);
        delete this;
    }

    void on_message(net::ClientConnection&, std::string_view) override {}

    void on_closed(net::ClientConnection&, std::string_view) override {  // [HTTP-59]
        delete this;
    }

  private:
    net::ClientConnection& connection_;
    std::unique_ptr<api::PendingRequest> request_;
};

Frontend::Frontend(net::EventLoop& loop, cache::LoopIndex index, cache::HubPort& hub,
                   const FrontendSettings& settings, net::Admission& admission, Log& log,
                   OnceLog& once_log, const Random& random)
    : loop_(loop),
      settings_(settings),
      log_(log),
      sessions_(index, hub, log, once_log, random, settings.limits.max_subscriptions),
      api_(sessions_, loop.timers(), settings.api),
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

void Frontend::on_request(net::ClientConnection& connection, http::Request request) {
    const http::Target target = http::split_target(request.target);
    if (!target.asterisk) {
        const std::string path = http::percent_decode(target.path);
        if (path == settings_.ws_path)
            return shake_hands(connection, request);
        if (api_.handles(path))
            return serve(connection, request);
    }
    connection.respond(api::answer_outside_api(request));
}

void Frontend::shake_hands(net::ClientConnection& connection, const http::Request& request) {
    if (stopping_) {  // [WS-8]
        http::Response response;
        response.status = 503;
        response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
        res::append_error(response.body, res::errors::service_unavailable());
        return connection.respond(response);
    }
    const std::string peer = connection.peer().text();
    const auto handshake = ws::check_handshake(request, settings_.origins);
    if (!handshake) {
        log_.debug("Failed to upgrade connection from " + peer + ": " +
                   std::string(handshake.error().reason));  // [WS-5]
        return connection.respond(ws::refusal_response(handshake.error()));
    }
    auto* const client = new WebSocketClient(*this, connection, handshake_of(request, peer));
    attached_.push_back(*client);
    connection.attach(client);
    connection.upgrade(*handshake);
    trace(*client, "Connected: ", peer);
}

void Frontend::serve(net::ClientConnection& connection, const http::Request& request) {
    auto client = std::make_unique<HttpClient>(connection);
    auto pending = api_.start(
        request, connection.peer().text(),
        [client = client.get()](http::Response&& response) { client->answer(response); });
    if (!pending)
        return;
    client->wait_for(std::move(pending));
    attached_.push_back(*client.release());
}

void Frontend::on_refused(const net::ClientConnection& connection, std::string_view property) {
    log_.debug("Refused " + connection.peer().text() + ": " + std::string(property) +
               " exceeded");  // [LMT-14]
}

void Frontend::close_sessions(std::function<void()> done) {
    stopping_ = true;
    api_.stop();
    sessions_closed_ = std::move(done);
    if (sessions_.session_count() > 0)
        log_.debug("Closing " + std::to_string(sessions_.session_count()) +
                   " WebSocket connection(s)...");
    clients_.close_websockets(ws::CloseCode::going_away, "Server is shutting down");
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
