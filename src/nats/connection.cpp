#include "nats/connection.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/limits.h"
#include "net/event_loop.h"
#include "res/rid.h"

namespace resgate::nats {

namespace {

/// Reads of one loop turn at most, so that a server at full blast leaves room for everything else.
constexpr int reads_a_turn = 16;

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lower;
}

/// Errors after which the server goes on, or closes by itself ([OPS-31]). `text` in lower case.
bool leaves_connection_open(std::string_view text) {
    return text.starts_with("permissions violation") ||
           text.starts_with("authorization violation") ||
           text.find("authentication expired") != std::string_view::npos ||
           text.find("authentication revoked") != std::string_view::npos;
}

}  // namespace

Connection::Connection(net::EventLoop& loop, ConnectionOptions options, const Random& random,
                       ConnectionEvents& events)
    : loop_(loop),
      options_(std::move(options)),
      events_(events),
      dialer_(loop),
      life_(std::make_shared<Life>()) {
    auto& servers = options_.servers;
    for (std::size_t left = servers.size(); left > 1; --left) {
        std::swap(servers[left - 1], servers[random() % left]);
    }
}

Connection::~Connection() {
    loop_.timers().cancel(deadline_);
    loop_.timers().cancel(ping_timer_);
}

void Connection::start() {
    assert(state_ == State::idle);
    // One URL that asks for TLS asks for it on behalf of all: which of them serves is chance.
    wants_tls_ =
        options_.tls.any() || std::any_of(options_.servers.begin(), options_.servers.end(),
                                          [](const ServerAddress& server) { return server.tls; });
    if (options_.tls.any() && !load_tls_context()) {
        finish(failure_);
        return;
    }
    try_next_server();
}

void Connection::try_next_server() {
    abandon();
    if (next_server_ < options_.servers.size()) {
        const ServerAddress& server = options_.servers[next_server_++];
        state_ = State::dialing;
        start_deadline(options_.connect_timeout, "nats: timeout");
        dialer_.dial(server.host, server.port, [this](auto&& socket) {
            if (socket) {
                stream_.open(std::move(*socket));
                parser_.emplace(static_cast<ServerEvents&>(*this));
                state_ = State::greeting;
                watch();
            } else if (socket.error().refused) {
                lost("");
            } else {
                lost("nats: cannot connect to " + options_.servers[next_server_ - 1].host + ": " +
                     socket.error().message);
            }
        });
        return;
    }
    finish(failure_.empty() ? "nats: no servers available for connection" : failure_);
}

void Connection::on_info(std::string_view json) {
    auto server = decode_server_info(json);
    if (!server) {
        lost("nats: malformed INFO from server");
        return;
    }
    max_payload_ = server->max_payload.value_or(max_payload_);
    parser_->set_max_payload(std::max(Parser::default_max_payload, max_payload_));
    if (state_ == State::greeting) {
        greet(std::move(*server));
    }
}

/// The server has introduced itself, in plain text even if TLS is to follow.
void Connection::greet(ServerInfo&& server) {
    server_info_ = std::move(server);
    if (!wants_tls_ && !server_info_.tls_required) {
        introduce();
    } else if (!server_info_.tls_required && !server_info_.tls_available) {
        lost("nats: secure connection not available");
    } else if (!load_tls_context()) {
        lost(failure_);
    } else {
        // Whatever else has come in plain text is not the server's, as far as anybody can tell.
        parser_->stop();
        state_ = State::securing;
        stream_.secure(*tls_context_, options_.servers[next_server_ - 1].host);
        schedule_flush();
    }
}

bool Connection::load_tls_context() {
    if (!tls_context_) {
        auto context = TlsContext::load(options_.tls);
        if (!context) {
            failure_ = context.error();
            return false;
        }
        tls_context_ = std::move(*context);
    }
    return true;
}

void Connection::introduce() {
    const ServerAddress& address = options_.servers[next_server_ - 1];
    Credentials credentials;
    credentials.user = address.user;
    credentials.password = address.password;
    credentials.token = address.token;
    if (options_.authenticator != nullptr) {
        auto completed = options_.authenticator->credentials(server_info_, std::move(credentials));
        if (!completed) {
            lost(completed.error());
            return;
        }
        credentials = std::move(*completed);
    }
    state_ = State::authenticating;
    append_connect(stream_.output(), connect_options(options_.client_name, options_.client_version,
                                                     server_info_, credentials));
    // Its PONG is the proof that the server accepted CONNECT.
    append_ping(stream_.output());
    schedule_flush();
}

void Connection::opened() {
    loop_.timers().cancel(deadline_);
    state_ = State::open;
    start_ping_timer();
    events_.on_connected();
}

void Connection::on_message(const Message& message) {
    if (state_ == State::open) {
        delivered_ = true;
        ++traffic_.messages_in;
        traffic_.bytes_in += message.payload.size();
        events_.on_message(message);
    }
}

void Connection::on_ping() {
    append_pong(stream_.output());
    schedule_flush();
}

void Connection::on_pong() {
    unanswered_pings_ = 0;
    if (state_ == State::authenticating) {
        opened();
    }
}

void Connection::on_error(std::string_view text) {
    const std::string reason = "nats: " + std::string(text);
    const std::string lower = lower_case(text);
    if (state_ == State::open && leaves_connection_open(lower)) {
        events_.on_server_error(reason);
    } else {
        lost(lower == "stale connection" ? "nats: stale connection" : reason);
    }
}

void Connection::start_ping_timer() {
    ping_timer_ = loop_.timers().start(options_.ping_interval, [this] { ping_due(); });
}

void Connection::ping_due() {
    if (unanswered_pings_ >= options_.max_unanswered_pings) {
        lost("nats: stale connection");
        return;
    }
    ++unanswered_pings_;
    append_ping(stream_.output());
    schedule_flush();
    start_ping_timer();
}

void Connection::watch() {
    using Interest = net::Poller::Interest;
    if (!stream_.watch(loop_.poller(), waiting_writable_ ? Interest::both : Interest::input,
                       *this)) {
        lost("nats: the system refuses to wait for the server");
    }
}

void Connection::on_ready(bool input, bool output) {
    if (output && waiting_writable_) {
        waiting_writable_ = false;
        flush();
    }
    if (input && stream_.is_open()) {
        read();
    }
}

void Connection::read() {
    const std::weak_ptr<Life> life = life_;
    std::string lost_reason;
    reading_ = true;
    for (int reads = 0; reads < reads_a_turn && read_some(lost_reason) && !life.expired();) {
        ++reads;
    }
    if (delivered_) {
        delivered_ = false;
        events_.on_read_batch_end();
    }
    reading_ = false;
    if (life.expired()) {
        return;
    }
    if (!is_flushed_by_owner()) {
        flush();
    }
    if (!lost_reason.empty()) {
        lost(lost_reason);
    }
}

/// One read. False if there is nothing more to read at present, or, with a reason, ever.
bool Connection::read_some(std::string& lost_reason) {
    Stream::Input input = stream_.read();
    if (state_ == State::securing && stream_.secured()) {
        const std::weak_ptr<Life> life = life_;
        parser_.emplace(static_cast<ServerEvents&>(*this));
        introduce();
        if (life.expired()) {
            return false;
        }
    }
    if (!parser_->feed(input.bytes)) {
        lost_reason = "nats: malformed data from server: " + std::string(parser_->failure());
        return false;
    }
    lost_reason = std::move(input.end);
    return input.more && lost_reason.empty();
}

Result<Sid, SendStatus> Connection::subscribe(std::string_view subject) {
    if (state_ != State::open) {
        return SendStatus::closed;
    }
    const Sid sid = last_sid_ + 1;
    if (subscribe_line_size(subject, sid) > Limits::nats_control_line) {
        return SendStatus::subject_too_long;
    }
    if (!res::is_usable_subject(subject)) {
        return SendStatus::invalid_subject;
    }
    last_sid_ = sid;
    append_subscribe(stream_.output(), subject, sid);
    schedule_flush();
    return sid;
}

void Connection::unsubscribe(Sid sid) {
    if (state_ == State::open) {
        append_unsubscribe(stream_.output(), sid);
        schedule_flush();
    }
}

SendStatus Connection::publish(std::string_view subject, std::string_view reply,
                               std::string_view payload) {
    if (state_ != State::open || output_ended_) {
        return SendStatus::closed;
    }
    if (publish_line_size(subject, reply, payload.size()) > Limits::nats_control_line) {
        return SendStatus::subject_too_long;
    }
    if (payload.size() > max_payload_) {
        return SendStatus::payload_too_large;
    }
    assert(reply.empty() || res::is_usable_subject(reply));
    if (!res::is_usable_subject(subject)) {
        return SendStatus::invalid_subject;
    }
    append_publish(stream_.output(), subject, reply, payload);
    if (waiting_writable_ && stream_.pending() > options_.max_pending_bytes) {
        lost("nats: server does not read");
        return SendStatus::closed;
    }
    ++traffic_.messages_out;
    traffic_.bytes_out += payload.size();
    schedule_flush();
    return SendStatus::sent;
}

void Connection::schedule_flush() {
    // While reading, the end of the batch is the end of the turn.
    if (flush_scheduled_ || reading_ || waiting_writable_ || is_flushed_by_owner()) {
        return;
    }
    flush_scheduled_ = true;
    loop_.post([this, life = std::weak_ptr(life_)] {
        if (!life.expired()) {
            flush_scheduled_ = false;
            flush();
        }
    });
}

void Connection::flush() {
    if (waiting_writable_ || output_ended_ || !stream_.is_open()) {
        return;
    }
    switch (stream_.write()) {
        case Output::Progress::done:
            break;
        case Output::Progress::blocked:
            waiting_writable_ = true;
            break;
        case Output::Progress::failed:
            // The reading side learns why, and what the server said before.
            output_ended_ = true;
            break;
    }
    if (state_ == State::closing && !waiting_writable_) {
        stream_.end();
    }
    watch();
}

void Connection::close() {
    if (state_ == State::open) {
        state_ = State::closing;
        parser_->stop();
        loop_.timers().cancel(ping_timer_);
        start_deadline(options_.close_timeout, "");
        flush();
    } else if (state_ != State::closing && state_ != State::closed) {
        finish("");
    }
}

void Connection::start_deadline(std::chrono::milliseconds delay, std::string reason) {
    loop_.timers().cancel(deadline_);
    deadline_ = loop_.timers().start(delay, [this, reason = std::move(reason)] { lost(reason); });
}

/// The connection, or the attempt to make one, has ended. An empty reason is not worth telling.
void Connection::lost(const std::string& reason) {
    switch (state_) {
        case State::dialing:
        case State::greeting:
        case State::securing:
        case State::authenticating:
            if (!reason.empty()) {
                failure_ = reason;
            }
            try_next_server();
            break;
        case State::open:
            finish(reason);
            break;
        case State::closing:
            finish("");
            break;
        case State::idle:
        case State::closed:
            break;
    }
}

/// Ends everything under way. What was posted for it finds its `life_` gone.
void Connection::abandon() {
    life_ = std::make_shared<Life>();
    dialer_.cancel();
    loop_.timers().cancel(deadline_);
    loop_.timers().cancel(ping_timer_);
    if (parser_) {
        parser_->stop();
    }
    stream_.close();
    flush_scheduled_ = false;
    waiting_writable_ = false;
    output_ended_ = false;
    unanswered_pings_ = 0;
}

void Connection::finish(const std::string& reason) {
    abandon();
    state_ = State::closed;
    loop_.post([this, life = std::weak_ptr(life_), reason] {
        if (!life.expired()) {
            events_.on_closed(reason);
        }
    });
}

}  // namespace resgate::nats
