#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/request.h"
#include "support/tls_channel.h"
#include "support/ws_frames.h"

namespace resgate::test {

/// An HTTP response as it came over the wire.
struct RawResponse {
    int status = 0;
    std::string head;  ///< status line and headers, without the final empty line
    std::string body;

    /// The value of the first header of that name (case ignored), or "".
    std::string header(std::string_view name) const;
};

/// A frame as it came over the wire.
struct RawFrame {
    unsigned opcode = 0;  ///< 0 also if there was none in time; `fin` is false then
    bool fin = false;
    bool rsv1 = false;
    std::string payload;

    /// Of a close frame, 0 if it is empty.
    unsigned close_code() const;
};

/// Where a server listens, and whether it speaks TLS there.
struct Endpoint {
    Endpoint(std::uint16_t number, bool with_tls = false) : port(number), tls(with_tls) {}

    std::uint16_t port;
    bool tls;
};

/// A blocking TCP client that speaks just enough HTTP and WebSocket to test a server with, over TLS
/// if the server does.
///
/// Nothing waits longer than `deadline`; what does not come in time is empty, and a test failure.
class RawClient {
  public:
    static constexpr std::chrono::milliseconds deadline{10000};

    /// Connects to 127.0.0.1, or to ::1 with `v6`. `receive_buffer`: SO_RCVBUF in bytes, 0 =
    /// default.
    explicit RawClient(Endpoint server, int receive_buffer = 0, bool v6 = false);
    ~RawClient();
    RawClient(RawClient&& other) noexcept;
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool connected() const { return socket_ >= 0; }

    /// Performs the TLS handshake, writing it in pieces of at most `piece` bytes and calling
    /// `between` after each; false if it fails. Done by the constructor for servers that speak TLS.
    bool start_tls(
        const TlsOptions& options = {}, std::size_t piece = std::string::npos,
        const std::function<void()>& between = [] {});

    /// Null if not over TLS.
    TlsChannel* tls() { return tls_.get(); }

    void write(std::string_view bytes);

    /// Past TLS.
    void write_raw(std::string_view bytes);

    /// Like `write`, but gives up as soon as the server has stopped reading for a while; returns
    /// the number of bytes written.
    std::size_t write_until_blocked(std::string_view bytes);

    /// Exactly so many bytes, fewer only at the end of the stream.
    std::string read(std::size_t size);
    std::string read_until(std::string_view mark);

    /// Everything up to the end of the stream.
    std::string read_all();

    /// Whether the server ends the stream, orderly, before sending anything else. Over TLS it need
    /// not say so: see `TlsChannel::has_ended`.
    bool ends();

    /// `head`: no body follows, whatever the headers say.
    RawResponse read_response(bool head = false);
    RawResponse get(std::string_view target, std::string_view headers = {});

    /// Performs a WebSocket handshake; returns the answer.
    RawResponse upgrade(std::string_view target = "/", std::string_view headers = {});

    void send_text(std::string_view text);
    RawFrame read_frame();

    /// The payload of the next text frame.
    std::string read_text();

    void shutdown_write();
    void close();

    /// Closes with a reset.
    void abort();

  private:
    enum class Fill { some, end, reset, nothing };

    Fill fill();
    Fill fill(std::string& bytes);
    std::size_t write_raw_until_blocked(std::string_view bytes);

    int socket_ = -1;
    std::unique_ptr<TlsChannel> tls_;
    std::string unsent_;  ///< encrypted, and not taken by the server when it was blocked
    std::string buffer_;  ///< read and not asked for yet
};

inline std::string RawResponse::header(std::string_view name) const {
    std::size_t at = head.find("\r\n");
    while (at != std::string::npos) {
        const std::size_t begin = at + 2;
        at = head.find("\r\n", begin);
        const std::string_view line = std::string_view(head).substr(begin, at - begin);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos &&
            http::equal_ignoring_case(line.substr(0, colon), name)) {
            return std::string(line.substr(line.find_first_not_of(' ', colon + 1)));
        }
    }
    return {};
}

inline unsigned RawFrame::close_code() const {
    return payload.size() < 2 ? 0
                              : static_cast<std::uint8_t>(payload[0]) * 256U +
                                    static_cast<std::uint8_t>(payload[1]);
}

inline RawClient::RawClient(Endpoint server, int receive_buffer, bool v6)
    : socket_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in v4_address{};
    v4_address.sin_family = AF_INET;
    v4_address.sin_port = htons(server.port);
    v4_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6_address{};
    v6_address.sin6_family = AF_INET6;
    v6_address.sin6_port = htons(server.port);
    v6_address.sin6_addr = in6addr_loopback;
    const auto* address = v6 ? reinterpret_cast<const sockaddr*>(&v6_address)
                             : reinterpret_cast<const sockaddr*>(&v4_address);
    if (::connect(socket_, address, v6 ? sizeof v6_address : sizeof v4_address) != 0) {
        close();
    } else if (server.tls) {
        EXPECT_TRUE(start_tls());
    }
}

inline RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      tls_(std::move(other.tls_)),
      unsent_(std::move(other.unsent_)),
      buffer_(std::move(other.buffer_)) {}

inline RawClient::~RawClient() {
    close();
}

inline bool RawClient::start_tls(const TlsOptions& options, std::size_t piece,
                                 const std::function<void()>& between) {
    tls_ = std::make_unique<TlsChannel>(options);
    TlsChannel::State state = tls_->receive({}, buffer_);
    for (;;) {
        for (std::string bytes = tls_->take_output(); !bytes.empty();
             bytes.erase(0, std::min(piece, bytes.size()))) {
            write_raw(std::string_view(bytes).substr(0, piece));
            between();
        }
        std::string bytes;
        if (state != TlsChannel::State::unfinished || fill(bytes) != Fill::some) {
            return state == TlsChannel::State::open;
        }
        state = tls_->receive(bytes, buffer_);
    }
}

inline void RawClient::write(std::string_view bytes) {
    if (!tls_) {
        write_raw(bytes);
        return;
    }
    tls_->send(bytes);
    write_raw(std::exchange(unsent_, {}) + tls_->take_output());
}

inline void RawClient::write_raw(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) {
            return;  // the server has closed; what it said before can still be read
        }
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

inline std::size_t RawClient::write_until_blocked(std::string_view bytes) {
    if (!tls_) {
        return write_raw_until_blocked(bytes);
    }
    constexpr std::size_t record = 16384;
    std::size_t written = 0;
    while (unsent_.empty() && written < bytes.size()) {
        const std::string_view part = bytes.substr(written, record);
        tls_->send(part);
        unsent_ = tls_->take_output();
        unsent_.erase(0, write_raw_until_blocked(unsent_));
        written += unsent_.empty() ? part.size() : 0;
    }
    return written;
}

inline std::size_t RawClient::write_raw_until_blocked(std::string_view bytes) {
    constexpr int patience_ms = 200;
    std::size_t written = 0;
    while (written < bytes.size()) {
        pollfd poll{socket_, POLLOUT, 0};
        if (::poll(&poll, 1, patience_ms) != 1) {
            break;
        }
        const std::string_view rest = bytes.substr(written);
        const ssize_t size = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size <= 0) {
            break;
        }
        written += static_cast<std::size_t>(size);
    }
    return written;
}

inline RawClient::Fill RawClient::fill() {
    if (!tls_) {
        return fill(buffer_);
    }
    for (std::string bytes;;) {
        const std::size_t before = buffer_.size();
        const TlsChannel::State state = tls_->receive(bytes, buffer_);
        if (buffer_.size() > before) {
            return Fill::some;
        }
        if (state == TlsChannel::State::ended || state == TlsChannel::State::failed) {
            return state == TlsChannel::State::ended ? Fill::end : Fill::reset;
        }
        bytes.clear();
        if (const Fill outcome = fill(bytes); outcome != Fill::some) {
            return outcome;
        }
    }
}

inline RawClient::Fill RawClient::fill(std::string& bytes) {
    pollfd poll{socket_, POLLIN, 0};
    if (::poll(&poll, 1, static_cast<int>(deadline.count())) != 1) {
        ADD_FAILURE() << "nothing from the server in time";
        return Fill::nothing;
    }
    std::array<char, 65536> room{};
    const ssize_t size = ::recv(socket_, room.data(), room.size(), 0);
    if (size < 0) {
        return Fill::reset;
    }
    bytes.append(room.data(), static_cast<std::size_t>(size));
    return size == 0 ? Fill::end : Fill::some;
}

inline std::string RawClient::read(std::size_t size) {
    while (buffer_.size() < size && fill() == Fill::some) {
    }
    std::string result = buffer_.substr(0, size);
    buffer_.erase(0, result.size());
    return result;
}

inline std::string RawClient::read_until(std::string_view mark) {
    std::size_t searched = 0;
    for (;;) {
        const std::size_t at = buffer_.find(mark, searched);
        if (at != std::string::npos) {
            return read(at + mark.size());
        }
        searched = buffer_.size() < mark.size() ? 0 : buffer_.size() - mark.size();
        if (fill() != Fill::some) {
            return {};
        }
    }
}

inline std::string RawClient::read_all() {
    while (fill() == Fill::some) {
    }
    return std::exchange(buffer_, {});
}

inline bool RawClient::ends() {
    return buffer_.empty() && fill() == Fill::end;
}

inline RawResponse RawClient::read_response(bool head) {
    RawResponse response;
    response.head = read_until("\r\n\r\n");
    if (response.head.size() < 12) {
        return response;
    }
    response.head.resize(response.head.size() - 4);
    response.status = std::stoi(response.head.substr(9, 3));
    if (const std::string length = response.header("Content-Length"); !head && !length.empty()) {
        response.body = read(std::stoul(length));
    }
    return response;
}

inline RawResponse RawClient::get(std::string_view target, std::string_view headers) {
    write("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
          "\r\n");
    return read_response();
}

inline RawResponse RawClient::upgrade(std::string_view target, std::string_view headers) {
    return get(target,
               "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                   std::string(headers));
}

inline void RawClient::send_text(std::string_view text) {
    write(client_frame(1, text));
}

inline RawFrame RawClient::read_frame() {
    const std::string header = read(2);
    if (header.size() < 2) {
        return {};
    }
    const auto byte = [](char c) { return static_cast<std::uint8_t>(c); };
    std::size_t size = byte(header[1]) & 0x7fU;
    if (size >= 126) {
        std::size_t length = 0;
        for (const char c : read(size == 126 ? 2 : 8)) {
            length = length << 8U | byte(c);
        }
        size = length;
    }
    const unsigned first = byte(header[0]);
    return {first & 15U, (first & 0x80U) != 0, (first & 0x40U) != 0, read(size)};
}

inline std::string RawClient::read_text() {
    const RawFrame frame = read_frame();
    EXPECT_EQ(frame.opcode, 1U) << "not a text frame";
    return frame.payload;
}

inline void RawClient::shutdown_write() {
    if (tls_) {
        tls_->close();
        write_raw(tls_->take_output());
    }
    ::shutdown(socket_, SHUT_WR);
}

inline void RawClient::close() {
    if (socket_ >= 0) {
        ::close(std::exchange(socket_, -1));
    }
}

inline void RawClient::abort() {
    const linger reset{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close();
}

}  // namespace resgate::test
