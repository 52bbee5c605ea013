#include "net/client_connection.h"

#include <array>
#include <cassert>

#include "net/clients.h"
#include "net/event_loop.h"
#include "net/pending_input.h"

// Nothing is destroyed and nobody is told of the end while a callback may be on the stack: whatever
// happens only changes `state_` and marks the connection dirty; `flush`, at the end of the turn,
// draws the conclusions.

namespace resgate::net {

namespace {

using namespace std::chrono_literals;

/// How long a closing connection may make no progress in writing.
constexpr std::chrono::milliseconds closing_timeout = 5s;

/// How long the client has to read the last bytes and close its side.
constexpr std::chrono::milliseconds lingering_timeout = 2s;

constexpr std::size_t pieces_per_write = 64;

}  // namespace

ClientConnection::ClientConnection(Clients& clients, FileDescriptor socket, PeerAddress peer,
                                   bool surplus)
    : surplus_(surplus),
      clients_(clients),
      socket_(std::move(socket), clients.tls_.get()),
      peer_(peer) {}

ClientConnection::~ClientConnection() = default;

EventLoop& ClientConnection::loop() const {
    return clients_.loop_;
}

void ClientConnection::start() {
    expire_in(clients_.limits_.handshake_timeout);
    watch();
}

void ClientConnection::respond(const http::Response& response) {
    if (state_ != State::http || !answer_pending_) {
        return;
    }
    answer_pending_ = false;
    if (overflowed()) {
        end("maxPendingBytes exceeded");
        return;
    }
    const bool keep = keep_alive_ && !response.close && !clients_.finishing_;
    queue(http::write_response(
        response, {http_1_0_ ? http::Version::http_1_0 : http::Version::http_1_1, head_, keep,
                   clients_.date()}));
    if (keep) {
        expire_in(clients_.limits_.keep_alive_timeout);
    } else {
        begin_closing("closed after the response");
    }
}

void ClientConnection::upgrade(const ws::Handshake& handshake, const http::Headers& extra) {
    if (state_ != State::http || !answer_pending_) {
        return;
    }
    answer_pending_ = false;
    http::Headers headers = ws::switching_headers(handshake);
    headers.insert(headers.end(), extra.begin(), extra.end());
    queue(http::write_switching_protocols(headers));
    deflate_ = handshake.deflate;
    decoder_ = ws::Decoder(clients_.limits_.max_message_size, static_cast<bool>(deflate_));
    state_ = State::websocket;
    ++clients_.websockets_.current;
    ++clients_.websockets_.total;
    show_life();
}

void ClientConnection::send(FramePtr frame) {
    if (state_ != State::websocket) {
        return;
    }
    if (overflowed()) {
        output_.drop_unstarted(socket_.committed());
        fail_websocket(ws::CloseCode::try_again_later);
        return;
    }
    if (state_ != State::websocket) {
        return;  // the attempt to write found the connection lost
    }
    if (deflate_) {
        frame = clients_.deflater_.form_of(frame, deflate_);
    }
    ++clients_.sent_.messages;
    clients_.sent_.bytes += frame->wire().size();
    queue(std::move(frame));
}

void ClientConnection::give_up() {
    if (state_ == State::websocket) {
        report_refusal("maxPendingBytes");
        fail_websocket(ws::CloseCode::try_again_later);
    }
}

void ClientConnection::relieve() {
    if (!reading_) {
        mark_dirty();
    }
}

void ClientConnection::close(ws::CloseCode code, std::string_view reason) {
    if (state_ == State::websocket) {
        queue(ws::close_frame(code));
    }
    begin_closing(reason);
}

/// Whether more than [LMT-6] allows is queued. Tries to write first: what a turn has queued for a
/// client that reads is not held against it.
bool ClientConnection::overflowed() {
    const std::size_t limit = clients_.limits_.max_pending_bytes;
    if (limit == 0 || output_.bytes() <= limit) {
        return false;
    }
    write_out();
    if (output_.bytes() <= limit) {
        return false;
    }
    report_refusal("maxPendingBytes");
    return true;
}

void ClientConnection::queue(FramePtr&& frame) {
    output_.push(std::move(frame));
    mark_dirty();
}

void ClientConnection::mark_dirty() {
    if (!dirty_) {
        dirty_ = true;
        clients_.dirty_.emplace_back(this);
    }
}

void ClientConnection::flush() {
    dirty_ = false;
    if (state_ != State::ended) {
        write_out();
    }
    if (state_ >= State::closing) {
        report_end();
    }
    if (state_ == State::closing && output_.empty() && !writing_) {
        finish_output();
    }
    if (state_ == State::ended) {
        input_.reset();
        if (place_.is_linked()) {
            clients_.remove(*this);
        }
        return;
    }
    if (is_only_reading()) {
        return;
    }
    resume_input();
    watch();
}

/// Everything is written, and the connection reads on as before: whether it may was judged when
/// something came in last. This spares the flush of an event a look at the handler.
bool ClientConnection::is_only_reading() const {
    return state_ == State::websocket && reading_ && !writing_ && !input_ && output_.empty() &&
           socket_.waits_for_input();
}

void ClientConnection::write_out() {
    std::array<iovec, pieces_per_write> pieces;  // not set: `gather` says how many are
    while (!output_.empty() && !writing_) {
        const std::size_t count = output_.gather(pieces);
        const IoResult result = socket_.write({pieces.data(), count});
        if (result.status == IoResult::Status::failed) {
            end("connection lost");
            return;
        }
        if (result.status == IoResult::Status::would_block) {
            writing_ = true;
            return;
        }
        output_.consume(result.size);
        show_progress();
    }
}

/// Some output has been written: a sign of life where nothing is being read ([LMT-11]), and else
/// the beginning of the idle time between two requests.
void ClientConnection::show_progress() {
    if (state_ == State::closing) {
        expire_in(closing_timeout);
    } else if (state_ == State::websocket && !reading_) {
        show_life();
    } else if (state_ == State::http && !answer_pending_ && !first_head_) {
        const bool in_head = input_ && input_->reader;
        if (!in_head || !reading_) {
            last_chance_ = false;
            expire_in(clients_.limits_.keep_alive_timeout);
        }
    }
}

void ClientConnection::begin_closing(std::string_view reason) {
    if (state_ >= State::closing) {
        return;
    }
    reason_ = reason;
    count_out();
    state_ = State::closing;
    expire_in(closing_timeout);
    mark_dirty();
}

/// Before the state changes to one of the end.
void ClientConnection::count_out() {
    if (state_ == State::websocket) {
        --clients_.websockets_.current;
    }
}

/// Everything is written. The end of our stream is announced, and then the client's is awaited:
/// closing a socket with unread input would reset the connection and could take from the client
/// what it has not read yet.
void ClientConnection::finish_output() {
    if (socket_.shutdown_write().status == IoResult::Status::would_block) {
        writing_ = true;
        return;
    }
    state_ = State::lingering;
    input_.reset();
    if (peer_ended_) {
        end(reason_);
        return;
    }
    expire_in(lingering_timeout);
    if (clients_.hurried_) {
        on_readable();  // drops what has arrived so far
        end(reason_);
    }
}

void ClientConnection::end(std::string_view reason) {
    if (state_ == State::ended) {
        return;
    }
    if (state_ < State::closing) {
        reason_ = reason;
    }
    count_out();
    state_ = State::ended;
    output_.clear();
    socket_.close();
    loop().timers().cancel(timer_);
    mark_dirty();
}

/// The end without telling anybody, when `Clients` is destructed.
void ClientConnection::abandon() {
    end_reported_ = true;
    dirty_ = true;  // there will be no more turn
    end({});
}

void ClientConnection::report_end() {
    if (end_reported_) {
        return;
    }
    end_reported_ = true;
    if (ClientHandler* const handler = std::exchange(handler_, nullptr); handler != nullptr) {
        handler->on_closed(*this, reason_);
    }
}

void ClientConnection::report_refusal(std::string_view property) {
    if (!refused_) {
        refused_ = true;
        clients_.handler_.on_refused(*this, property);
    }
}

void ClientConnection::watch() {
    if (state_ == State::ended) {
        return;
    }
    reading_ = wants_to_read();
    using Interest = Poller::Interest;
    const Interest interest = reading_   ? (writing_ ? Interest::both : Interest::input)
                              : writing_ ? Interest::output
                                         : Interest::loss;
    if (!socket_.watch(loop().poller(), interest, *this)) {
        end("connection lost");
    } else if (reading_ && socket_.has_input()) {
        loop().post([self = ClientConnectionPtr(this)] { self->take_input(); });
    }
}

void ClientConnection::on_ready(bool input, bool output) {
    if (!reading_ && !writing_) {
        // Nothing was waited for: the client has gone, though not all it sent has been read.
        end("connection lost");
        return;
    }
    if (socket_.can_read(input, output)) {
        take_input();
    }
    if (socket_.can_write(input, output) && writing_) {
        writing_ = false;  // until `flush` has tried
        mark_dirty();
    }
}

void ClientConnection::take_input() {
    if (state_ != State::ended && reading_) {
        on_readable();
        watch();
    }
}

/// Sets the deadline. Moving it back, which is what nearly always happens, costs no timer
/// operation; zero means no deadline.
void ClientConnection::expire_in(std::chrono::milliseconds delay) {
    if (delay == 0ms) {
        deadline_ = TimePoint::max();
        return;
    }
    const TimePoint now = loop().timers().now();
    deadline_ = now + delay;
    if (deadline_ < timer_due_) {
        arm_timer(now);
    }
}

void ClientConnection::arm_timer(TimePoint now) {
    Timers& timers = loop().timers();
    timers.cancel(timer_);
    timer_due_ = deadline_;
    timer_ = timers.start(std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now),
                          [this] { on_timer(); });
}

void ClientConnection::on_timer() {
    timer_ = TimerId::none;
    timer_due_ = TimePoint::max();
    if (deadline_ == TimePoint::max()) {
        return;
    }
    if (const TimePoint now = loop().timers().now(); now < deadline_) {
        arm_timer(now);
    } else {
        on_expiry();
    }
}

void ClientConnection::on_expiry() {
    deadline_ = TimePoint::max();
    if (state_ == State::websocket) {
        if (last_chance_) {
            report_refusal("pingTimeout");
            end("ping timeout");
            return;
        }
        last_chance_ = true;
        queue(ws::ping_frame());
        expire_in(clients_.limits_.ping_timeout);
    } else if (state_ != State::http) {
        end(reason_);
    } else if (!reading_ && !last_chance_) {
        // The time of [LMT-7] stands still while reading is stopped; but the client has to read.
        last_chance_ = true;
        expire_in(clients_.limits_.keep_alive_timeout);
    } else if (first_head_ || (reading_ && input_ && input_->reader)) {
        report_refusal("handshakeTimeout");
        end("handshake timeout");
    } else {
        end("keep-alive timeout");
    }
}

}  // namespace resgate::net
