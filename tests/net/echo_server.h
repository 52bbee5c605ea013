#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/admission.h"
#include "net/clients.h"
#include "net/event_loop.h"
#include "net/listener.h"
#include "net/tls_server_context.h"
#include "support/certificates.h"
#include "support/raw_client.h"
#include "ws/handshake.h"

namespace resgate::net {

inline FramePtr text(std::string_view payload) {
    FrameBuilder builder(payload.size());
    builder.text() += payload;
    return ws::text_frame(std::move(builder));
}

/// What the connections of an `EchoServer` did, for tests to look at from their thread.
class Observations {
  public:
    void add(std::string what) {
        const std::lock_guard lock(mutex_);
        seen_.push_back(std::move(what));
        changed_.notify_all();
    }

    /// Waits until `what` was observed; false if that does not happen in time.
    bool wait_for(const std::string& what) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(10),
                                 [&] { return std::count(seen_.begin(), seen_.end(), what) > 0; });
    }

    std::size_t count(const std::string& what) {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count(seen_.begin(), seen_.end(), what));
    }

    std::size_t count_beginning(const std::string& with) {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(
            std::count_if(seen_.begin(), seen_.end(),
                          [&](const std::string& seen) { return seen.starts_with(with); }));
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> seen_;
};

/// The server's side of one loop. HTTP: `/` is the WebSocket endpoint, `/deflate` one that agrees
/// to compression, `/later` is answered in a later turn, `/never` never, `/big?<n>` with n bytes,
/// `/close` with `Connection: close`; everything else at once with method, target and body.
/// WebSocket: the message `big <n>` is answered with n bytes, `flood <n>` with n messages of 1000
/// bytes, `close` closes with 1000, `close-twice` also tries to go on; other messages are echoed.
class EchoHandler final : public RequestHandler, public ClientHandler {
  public:
    explicit EchoHandler(Observations& observations) : observations_(observations) {}

    void on_request(ClientConnection& connection, http::Request&& request) override {
        const std::string& target = request.target;
        if (target == "/" || target == "/deflate") {
            const auto handshake = ws::check_handshake(
                request, origins_, target == "/" ? ws::Compression::off : ws::Compression::on);
            if (!handshake) {
                connection.respond(ws::refusal_response(handshake.error()));
                return;
            }
            connection.attach(this);
            open_.insert(&connection);
            connection.upgrade(*handshake, {{"X-Meta", "yes"}});
            return;
        }
        if (target == "/never" || target == "/later") {
            observations_.add(target);
            connection.attach(this);
            open_.insert(&connection);
            if (target == "/later") {
                answer_later(connection);
            }
            return;
        }
        http::Response response;
        response.close = target == "/close";
        if (target.starts_with("/big?")) {
            response.body.assign(std::stoul(target.substr(5)), 'b');
        } else if (request.body_state == http::BodyState::complete) {
            const bool posted = request.method == http::Method::post;
            response.body = (posted ? "POST " : "GET ") + target + " " + request.body;
        } else {
            response.status = request.body_state == http::BodyState::too_large ? 413 : 400;
        }
        connection.respond(response);
    }

    void on_refused(const ClientConnection&, std::string_view property) override {
        observations_.add("refused " + std::string(property));
    }

    void on_handshake_failed(const ClientConnection&, std::string_view reason) override {
        observations_.add("handshake failed: " + std::string(reason));
    }

    void on_message(ClientConnection& connection, std::string_view message) override {
        const auto number = [&](std::size_t skip) {
            return std::stoul(std::string(message.substr(skip)));
        };
        if (message.starts_with("big ")) {
            connection.send(text(std::string(number(4), 'b')));
        } else if (message.starts_with("flood ")) {
            const FramePtr frame = text(std::string(1000, 'f'));
            for (std::size_t i = number(6); i != 0; --i) {
                connection.send(frame);
            }
        } else if (message == "close" || message == "close-twice") {
            connection.close(ws::CloseCode::normal, "as the client wishes");
            if (message == "close-twice") {
                connection.close(ws::CloseCode::going_away);
                connection.send(text("too late"));
            }
        } else {
            connection.send(text(message));
        }
    }

    void on_closed(ClientConnection& connection, std::string_view reason) override {
        EXPECT_EQ(open_.erase(&connection), 1U) << "told twice, or of a stranger";
        observations_.add("closed: " + std::string(reason));
    }

    const std::set<ClientConnection*>& open() const { return open_; }

  private:
    void answer_later(ClientConnection& connection) {
        connection.loop().timers().start(std::chrono::milliseconds(1), [this, &connection] {
            if (open_.erase(&connection) != 0) {
                connection.attach(nullptr);
                http::Response response;
                response.body = "later";
                connection.respond(response);
            }
        });
    }

    Observations& observations_;
    http::AllowedOrigins origins_;
    std::set<ClientConnection*> open_;
};

/// The certificate of all test servers that speak TLS.
inline const test::Identity& server_identity() {
    static const test::Identity identity =
        test::CertificateAuthority().issue("DNS:localhost,IP:127.0.0.1");
    return identity;
}

inline TlsServerContextPtr server_context(const test::Identity& identity = server_identity()) {
    auto made = TlsServerContext::make(identity.certificate, identity.key);
    EXPECT_TRUE(made) << made.error();
    return *made;
}

/// A server on the loopback interface with some loops, the first of which also accepts.
class EchoServer {
  public:
    explicit EchoServer(const Limits& limits = {}, std::size_t loops = 1,
                        TlsServerContextPtr tls = default_tls())
        : limits_(limits), tls_(tls != nullptr) {
        std::vector<Clients*> targets;
        for (std::size_t i = 0; i < loops; ++i) {
            loops_.push_back(std::make_unique<EventLoop>("echo"));
            handlers_.push_back(std::make_unique<EchoHandler>(observations));
            clients_.push_back(
                std::make_unique<Clients>(*loops_[i], limits_, *handlers_[i], admission_));
            clients_[i]->use_tls(tls);
            targets.push_back(clients_[i].get());
        }
        listener_ = std::make_unique<Listener>(*loops_[0], targets);
        EXPECT_EQ(listener_->start("", 0), std::nullopt);
        for (const auto& loop : loops_) {
            loop->start();
        }
    }

    ~EchoServer() {
        for (const auto& loop : loops_) {
            loop->stop();
        }
        listener_.reset();
        clients_.clear();
    }

    /// What servers made without saying so speak; null: plain. Set by `EitherTransport`.
    static TlsServerContextPtr& default_tls() {
        static TlsServerContextPtr tls;
        return tls;
    }

    /// Clients made for it speak TLS if the server does.
    test::Endpoint port() const { return {listener_->port(), tls_}; }

    /// Calls `function(Clients&, EchoHandler&)` on the thread of a loop and returns its result.
    template <typename Function>
    auto on_loop(std::size_t loop, Function function) {
        std::packaged_task<decltype(function(*clients_[0], *handlers_[0]))()> task(
            [&] { return function(*clients_[loop], *handlers_[loop]); });
        auto result = task.get_future();
        loops_[loop]->post([&task] { task(); });
        return result.get();
    }

    std::size_t connections(std::size_t loop = 0) {
        // Ended ones are counted out at the end of the turn; two calls are in different turns.
        on_loop(loop, [](Clients&, EchoHandler&) {});
        return on_loop(loop, [](Clients& clients, EchoHandler&) { return clients.size(); });
    }

    /// Waits until a loop has no connection left; false if that does not happen in time.
    bool becomes_empty(std::size_t loop = 0) {
        auto empty = std::make_shared<std::promise<void>>();
        auto done = empty->get_future();
        on_loop(loop, [&](Clients& clients, EchoHandler&) {
            if (clients.size() == 0) {
                empty->set_value();
            } else {
                clients.on_empty([empty, &clients] {
                    empty->set_value();
                    clients.loop().post([&clients] { clients.on_empty(nullptr); });
                });
            }
        });
        return done.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    }

    Observations observations;

  private:
    Limits limits_;
    bool tls_;
    Admission admission_{limits_};
    std::vector<std::unique_ptr<EventLoop>> loops_;
    std::vector<std::unique_ptr<EchoHandler>> handlers_;
    std::vector<std::unique_ptr<Clients>> clients_;
    std::unique_ptr<Listener> listener_;
};

/// Tests that hold for connections with and without TLS: they are run with either.
class EitherTransport : public testing::TestWithParam<bool> {
  protected:
    EitherTransport() { EchoServer::default_tls() = GetParam() ? server_context() : nullptr; }

    ~EitherTransport() override { EchoServer::default_tls() = nullptr; }
};

inline std::string transport_name(const testing::TestParamInfo<bool>& tls) {
    return tls.param ? "OverTls" : "Plain";
}

}  // namespace resgate::net
