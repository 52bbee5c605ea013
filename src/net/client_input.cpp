#include <array>

#include "base/utf8.h"
#include "net/client_connection.h"
#include "net/clients.h"
#include "net/event_loop.h"
#include "net/pending_input.h"

// What a client sends: requests one at a time, then WebSocket messages. Bytes are processed in the
// loop's scratch buffer; only what cannot be dealt with yet is copied.

namespace resgate::net {

namespace {

/// Reads of one connection in one turn at most, so that one client cannot occupy the loop.
constexpr int reads_per_turn = 4;

/// Input kept aside before reading stops.
constexpr std::size_t max_waiting_input = 65536;

/// As the reference answers HTTP on a port that speaks TLS.
constexpr std::string_view answer_to_plain_http =
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// UNAVAIL of part 60.
constexpr std::string_view unavailable =
    R"({"code":"system.serviceUnavailable","message":"Service unavailable"})";

}  // namespace

bool ClientConnection::clogged() const {
    const std::size_t limit = clients_.limits_.max_pending_bytes;
    const std::size_t held = handler_ != nullptr ? handler_->held_bytes() : 0;
    return limit != 0 && output_.footprint() + held > limit / 4;  // [LMT-11]
}

bool ClientConnection::ready_for_input() const {
    return (state_ == State::websocket || (state_ == State::http && !answer_pending_)) &&
           !clogged();
}

bool ClientConnection::wants_to_read() const {
    if (state_ >= State::closing) {
        return !peer_ended_;
    }
    // Also while an answer is pending, to notice that the client goes away ([HTTP-59]).
    return !clogged() && (!input_ || input_->bytes.size() < max_waiting_input);
}

void ClientConnection::on_readable() {
    for (int i = 0; i < reads_per_turn && wants_to_read() && state_ != State::ended; ++i) {
        const std::span<char> room = clients_.scratch_;
        const IoResult result = socket_.read(room);
        if (result.status == IoResult::Status::would_block) {
            return;
        }
        if (result.status != IoResult::Status::done) {
            on_end_of_stream(result.status);
            return;
        }
        receive(room.first(result.size));
        if (result.size < room.size()) {
            return;
        }
    }
}

void ClientConnection::on_end_of_stream(IoResult::Status status) {
    const std::string_view reason = socket_.handshake_failure();
    if (state_ == State::http && !reason.empty()) {
        fail_handshake(reason);
        return;
    }
    peer_ended_ = true;
    if (status == IoResult::Status::failed) {
        end("connection lost");
    } else if (state_ == State::closing || (state_ == State::http && !output_.empty())) {
        // It may have closed only its own side, and read the answer still.
        begin_closing("end of stream");
    } else {
        end("end of stream");
    }
}

/// [OPS-13], [OPS-14]. What the client is told, an alert or an answer, must not be destroyed by a
/// reset, so this is no sudden end.
void ClientConnection::fail_handshake(std::string_view reason) {
    clients_.handler_.on_handshake_failed(*this, reason);
    if (socket_.give_up_tls()) {
        queue(Frame::of({answer_to_plain_http}));
    }
    begin_closing(reason);
}

void ClientConnection::receive(std::span<char> bytes) {
    if (state_ >= State::closing) {
        return;
    }
    if (state_ == State::websocket) {
        show_life();
    }
    if (input_ && !input_->bytes.empty()) {
        input_->bytes.append(bytes.data(), bytes.size());
    } else {
        process(bytes);
    }
}

void ClientConnection::process(std::span<char> bytes) {
    while (ready_for_input()) {
        if (state_ == State::websocket) {
            if (!read_message(bytes)) {
                break;
            }
        } else if (bytes.empty()) {
            break;
        } else {
            bytes = bytes.subspan(read_request({bytes.data(), bytes.size()}));
        }
    }
    if (!bytes.empty() && state_ < State::closing) {
        if (!input_) {
            input_ = std::make_unique<PendingInput>();
        }
        input_->bytes.assign(bytes.data(), bytes.size());
    } else if (input_ && !input_->reader) {
        input_.reset();
    }
}

void ClientConnection::resume_input() {
    if (input_ && !input_->bytes.empty() && ready_for_input()) {
        std::string bytes = std::exchange(input_->bytes, {});
        process(bytes);
    }
}

/// Feeds one request; returns how many bytes it took.
std::size_t ClientConnection::read_request(std::string_view bytes) {
    const bool fresh = !input_ || !input_->reader;
    std::size_t used = 0;
    if (fresh) {
        // Empty lines before a request are ignored (RFC 9112, 2.2).
        used = std::min(bytes.find_first_not_of("\r\n"), bytes.size());
        if (used == bytes.size()) {
            return used;
        }
    }
    std::unique_ptr<http::RequestReader> reader =
        fresh ? clients_.take_reader() : std::move(input_->reader);
    used += reader->feed(bytes.substr(used));
    switch (reader->state()) {
        case http::RequestReader::State::head:
            keep(std::move(reader));
            if (fresh && !first_head_) {
                expire_in(clients_.limits_.handshake_timeout);
            }
            break;
        case http::RequestReader::State::body: {
            const bool expected = reader->take_expectation();
            keep(std::move(reader));
            expire_in(clients_.limits_.handshake_timeout);
            if (expected) {
                queue(Frame::of({"HTTP/1.1 100 Continue\r\n\r\n"}));
            }
            break;
        }
        case http::RequestReader::State::refused: {
            const int status = reader->refusal_status();
            const std::string_view detail = reader->refusal_detail();
            clients_.give_back(std::move(reader));
            refuse_request(status, detail);
            break;
        }
        case http::RequestReader::State::complete: {
            http::Request request = reader->take();
            clients_.give_back(std::move(reader));
            deliver(std::move(request));
            break;
        }
    }
    return used;
}

/// Until more bytes of the request come.
void ClientConnection::keep(std::unique_ptr<http::RequestReader> reader) {
    if (!input_) {
        input_ = std::make_unique<PendingInput>();
    }
    input_->reader = std::move(reader);
}

void ClientConnection::deliver(http::Request&& request) {
    first_head_ = false;
    last_chance_ = false;
    deadline_ = TimePoint::max();
    answer_pending_ = true;
    head_ = request.method == http::Method::head;
    keep_alive_ = request.keep_alive;
    http_1_0_ = request.version == http::Version::http_1_0;
    if (surplus_) {
        http::Response response;
        response.status = 503;
        response.content_type = http::json_type;
        response.body = unavailable;
        response.close = true;
        respond(response);
        return;
    }
    if (request.body_state == http::BodyState::too_large) {
        report_refusal("maxMessageSize");
    }
    clients_.handler_.on_request(*this, std::move(request));
}

/// `detail` is static text.
void ClientConnection::refuse_request(int status, std::string_view detail) {
    if (status == 431) {
        report_refusal("maxHeaderSize");
    }
    answer_pending_ = true;
    head_ = false;
    http_1_0_ = false;
    respond(http::plain_refusal(status, detail));
}

/// Takes one event out of `bytes`; false when more are needed.
bool ClientConnection::read_message(std::span<char>& bytes) {
    const ws::Event event = decoder_.next(bytes);
    switch (event.type) {
        case ws::Event::Type::none:
            return false;
        case ws::Event::Type::message:
            deliver(event);
            break;
        case ws::Event::Type::ping:
            queue(ws::pong_frame(event.payload));
            break;
        case ws::Event::Type::pong:
            break;
        case ws::Event::Type::close:
            close(event.code, "closed by the client");
            break;
        case ws::Event::Type::error:
            fail_websocket(event.code);
            break;
    }
    return true;
}

void ClientConnection::deliver(ws::Event message) {
    if (handler_ == nullptr) {
        return;
    }
    if (message.compressed) {
        const auto inflated =
            clients_.inflater_.inflate(message.payload, clients_.limits_.max_message_size);
        if (!inflated) {
            fail_websocket(inflated.error());
            return;
        }
        message.payload = *inflated;
        if (message.text && !is_utf8(message.payload)) {
            fail_websocket(ws::CloseCode::invalid_text);
            return;
        }
    }
    if (!message.text && !is_utf8(message.payload)) {
        std::string repaired(message.payload);
        sanitize_utf8(repaired);
        handler_->on_message(*this, repaired);
    } else {
        handler_->on_message(*this, message.payload);
    }
}

void ClientConnection::fail_websocket(ws::CloseCode code) {
    switch (code) {
        case ws::CloseCode::message_too_big:
            report_refusal("maxMessageSize");
            close(code, "maxMessageSize exceeded");
            break;
        case ws::CloseCode::try_again_later:
            close(code, "maxPendingBytes exceeded");
            break;
        case ws::CloseCode::invalid_text:
            close(code, "invalid UTF-8");
            break;
        default:
            close(code, "protocol error");
            break;
    }
}

void ClientConnection::show_life() {
    last_chance_ = false;
    expire_in(clients_.limits_.ping_interval);
}

}  // namespace resgate::net
