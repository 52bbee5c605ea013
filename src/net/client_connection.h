#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "base/frame.h"
#include "base/frame_sink.h"
#include "base/timers.h"
#include "http/request_reader.h"
#include "http/response.h"
#include "net/client_handler.h"
#include "net/client_socket.h"
#include "net/output_queue.h"
#include "net/peer_address.h"
#include "ws/codec.h"
#include "ws/handshake.h"

namespace resgate::net {

class Clients;
class EventLoop;
struct PendingInput;

/// One client, from accept to the end: HTTP requests first, a WebSocket after an upgrade.
///
/// Belongs to a `Clients` and to the thread of its loop; all functions are for that thread. It may
/// end whenever none of its callbacks runs, and tells the attached `ClientHandler`. Every function
/// may be called from within callbacks. Nothing is written before the end of the turn; then
/// everything queued leaves with one system call.
class ClientConnection final
    : public FrameSink,
      private Pollable,
      public boost::intrusive_ref_counter<ClientConnection, boost::thread_unsafe_counter> {
  public:
    ~ClientConnection();

    /// Who is told about messages and about the end; null for nobody. Stays attached over several
    /// requests; it must have been told of the end, or be replaced, before it is destroyed.
    void attach(ClientHandler* handler) { handler_ = handler; }

    /// Who is attached; null for nobody.
    const ClientHandler* handler() const { return handler_; }

    /// Answers the pending request. Ignored if the connection has ended meanwhile.
    void respond(const http::Response& response);

    /// Answers the pending request with 101; from then on the connection is a WebSocket and speaks
    /// to the attached handler. `extra` are the headers of meta ([WS-25]). Ignored if the
    /// connection has ended meanwhile.
    void upgrade(const ws::Handshake& handshake, const http::Headers& extra = {});

    /// Queues a frame made by `ws::text_frame`. Ignored unless the connection is an open WebSocket.
    /// If more than `Limits::max_pending_bytes` wait already, even after an attempt to write, the
    /// connection is closed with 1013 instead ([LMT-6]).
    void send(FramePtr frame) override;

    /// Closes the connection with 1013, as if more than [LMT-6] allows waited here ([LMT-15]).
    void give_up() override;

    /// Has it decided anew whether to read on ([LMT-11]).
    void relieve() override;

    /// Ends the connection after what is queued: a WebSocket with a close frame, HTTP without, and
    /// without an answer to a pending request. `reason` is static text, passed to `on_closed`,
    /// which follows at the end of the turn. Ignored if it is being closed already.
    void close(ws::CloseCode code, std::string_view reason = "closed by the gateway");

    /// Whether it is an open WebSocket.
    bool is_websocket() const { return state_ == State::websocket; }

    /// Bytes queued and not yet taken by the operating system.
    std::size_t pending_bytes() const { return output_.bytes(); }

    const PeerAddress& peer() const { return peer_; }

    EventLoop& loop() const;

  private:
    friend class Clients;

    /// In the order in which they can follow each other.
    enum class State : std::uint8_t {
        http,
        websocket,
        closing,    ///< writing what is queued
        lingering,  ///< everything is written; reading, so that no reset destroys it on its way
        ended,      ///< the socket is closed
    };

    ClientConnection(Clients& clients, FileDescriptor socket, PeerAddress peer, bool surplus);

    // Life cycle (client_connection.cpp)
    void start();
    void flush();
    void mark_dirty();
    void begin_closing(std::string_view reason);
    void count_out();
    void end(std::string_view reason);
    void abandon();
    void report_end();
    void report_refusal(std::string_view property);
    void queue(FramePtr&& frame);
    void write_out();
    bool is_only_reading() const;
    void show_progress();
    void finish_output();
    bool overflowed();
    void watch();
    void expire_in(std::chrono::milliseconds delay);
    void arm_timer(TimePoint now);
    void on_timer();
    void on_expiry();

    // Input (client_input.cpp)
    void on_ready(bool input, bool output) override;
    void take_input();
    void on_readable();
    void on_end_of_stream(IoResult::Status status);
    void fail_handshake(std::string_view reason);
    void receive(std::span<char> bytes);
    void process(std::span<char> bytes);
    void resume_input();
    bool clogged() const;
    bool ready_for_input() const;
    bool wants_to_read() const;
    std::size_t read_request(std::string_view bytes);
    void keep(std::unique_ptr<http::RequestReader> reader);
    void deliver(http::Request&& request);
    void refuse_request(int status, std::string_view detail);
    bool read_message(std::span<char>& bytes);
    void deliver(ws::Event message);
    void fail_websocket(ws::CloseCode code);
    void show_life();

    // In this order, behind the bases: what the delivery of an event takes, in two cache lines.
    // With ten thousand connections, each line more is one more fetched from afar each time.

    State state_ = State::http;
    ws::DeflateAgreement deflate_;     ///< of the WebSocket
    bool dirty_ : 1 = false;           ///< `flush` is called at the end of the turn
    bool reading_ : 1 = false;         ///< waits for input
    bool writing_ : 1 = false;         ///< waits for room for output
    bool peer_ended_ : 1 = false;      ///< the client will send nothing more
    bool end_reported_ : 1 = false;    ///< `on_closed` has been called
    bool refused_ : 1 = false;         ///< `on_refused` has been called
    bool surplus_ : 1;                 ///< over [LMT-3] or [LMT-4]
    bool first_head_ : 1 = true;       ///< waiting for the first request
    bool answer_pending_ : 1 = false;  ///< a request was delivered and is not answered
    bool head_ : 1 = false;            ///< of that request: its method is HEAD
    bool keep_alive_ : 1 = false;      ///< of that request
    bool http_1_0_ : 1 = false;        ///< of that request
    bool last_chance_ : 1 = false;     ///< silent for one period; pinged if it is a WebSocket
    Clients& clients_;
    OutputQueue output_;
    ClientSocket socket_;
    std::unique_ptr<PendingInput> input_;

    ws::Decoder decoder_;
    ClientHandler* handler_ = nullptr;
    std::string_view reason_;  ///< why it is closed
    TimePoint deadline_ = TimePoint::max();
    TimePoint timer_due_ = TimePoint::max();  ///< when `timer_` fires, at `deadline_` or before
    TimerId timer_ = TimerId::none;
    boost::intrusive::list_member_hook<> place_;  ///< among all of `clients_`
    PeerAddress peer_;
};

using ClientConnectionPtr = boost::intrusive_ptr<ClientConnection>;

}  // namespace resgate::net
