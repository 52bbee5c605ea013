#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The NATS client protocol: bytes in, events out, and the other way round. No I/O.
namespace resgate::nats {

/// Names a subscription towards the server. Never reused on a connection.
using Sid = std::uint64_t;

/// The status of a message that the server sends in place of a reply when nobody listens ([RPL-3]).
inline constexpr unsigned status_no_responders = 503;

/// A message from the server. Views are valid during the call that hands it over.
struct Message {
    std::string_view subject;
    Sid sid = 0;
    std::string_view reply;    ///< empty if none
    std::string_view headers;  ///< the header block as received, empty if none
    std::string_view payload;
    unsigned status = 0;  ///< of the header block's first line, 0 if none
};

/// What the server says.
class ServerEvents {
  public:
    virtual ~ServerEvents() = default;

    virtual void on_info(std::string_view json) = 0;
    virtual void on_message(const Message& message) = 0;
    virtual void on_ping() = 0;
    virtual void on_pong() = 0;
    /// `text` without its quotes.
    virtual void on_error(std::string_view text) = 0;
};

/// Splits the server's stream into events. Complete items are read where they are; only an
/// incomplete one is kept until its rest arrives. An item is a line, and the payload it announces.
class Parser {
  public:
    /// The longest line accepted: an INFO that lists a large cluster fits amply.
    static constexpr std::size_t max_line_size = 262144;
    /// The largest payload (headers included) accepted unless the server announces to allow more.
    static constexpr std::size_t default_max_payload = 67108864;

    explicit Parser(ServerEvents& events) : events_(events) {}

    /// Hands over everything complete. False once the stream is malformed (see `failure`). The
    /// parser must not be fed from within an event.
    bool feed(std::string_view bytes);

    /// May be called from within an event: no further event follows, whatever is fed.
    void stop() { stopped_ = true; }

    /// What is wrong with the stream; empty if nothing is.
    std::string_view failure() const { return failure_; }

    void set_max_payload(std::size_t bytes) { max_payload_ = bytes; }

    /// Bytes kept of an incomplete item.
    std::size_t buffered() const { return tail_.size(); }

  private:
    std::size_t consume(std::string_view bytes);
    std::size_t consume_item(std::string_view bytes);
    std::size_t consume_message(std::string_view bytes, std::size_t line_size,
                                std::string_view line, bool has_headers);
    std::size_t complete_tail(std::string_view bytes);
    std::size_t malformed(std::string_view why);

    bool running() const { return !stopped_ && failure_.empty(); }

    ServerEvents& events_;
    std::size_t max_payload_ = default_max_payload;
    std::string tail_;          ///< an incomplete item
    std::size_t expected_ = 0;  ///< its full size, 0 as long as its line is incomplete
    std::string_view failure_;
    bool stopped_ = false;
};

/// The line of a PUB in bytes, line end included: what [SUBJ-8] limits.
std::size_t publish_line_size(std::string_view subject, std::string_view reply,
                              std::size_t payload_size);
/// The line of a SUB in bytes, line end included.
std::size_t subscribe_line_size(std::string_view subject, Sid sid);

/// `options` is a JSON object, see `connect_options`.
void append_connect(std::string& out, std::string_view options);
/// `reply` may be empty. Requires usable subjects ([SUBJ-9]).
void append_publish(std::string& out, std::string_view subject, std::string_view reply,
                    std::string_view payload);
void append_subscribe(std::string& out, std::string_view subject, Sid sid);
void append_unsubscribe(std::string& out, Sid sid);
void append_ping(std::string& out);
void append_pong(std::string& out);

}  // namespace resgate::nats
