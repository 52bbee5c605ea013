#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/types.h>
#include <sys/uio.h>

#include "net/io_result.h"

namespace resgate::net {

class TlsServerContext;

/// The server's side of TLS on the non-blocking socket of one client. Loop thread.
///
/// The handshake is made by `read`. Between calls an idle stream holds no buffers: OpenSSL gives
/// back its own, and only what the socket has not taken is kept here, never more than 80 KB.
class TlsStream {
  public:
    /// `socket` is not owned and outlives the stream. Null if there is no memory left.
    static std::unique_ptr<TlsStream> accept(const TlsServerContext& context, int socket);

    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    /// Reads what is there, `min_room` bytes or more at a time. Nothing that could be had now stays
    /// behind in OpenSSL, but for the end of the stream: see `has_input`. A failed handshake is
    /// `failed`.
    IoResult read(std::span<char> room);

    /// Twice what OpenSSL keeps of a record that has not arrived as a whole.
    static constexpr std::size_t min_room = 36864;

    /// Writes one record from the first of `pieces`. What has been encrypted is reported as written
    /// only as far as the socket has taken it: see `committed`.
    IoResult write(std::span<const iovec> pieces);

    /// Tells the peer that nothing more will come (close_notify). `would_block`: call it again when
    /// the socket is writable.
    IoResult finish();

    /// Whether `read` would tell something although the socket does not become readable.
    bool has_input() const { return end_ != IoResult::Status::done; }

    /// Whether `read` can only go on when the socket is writable.
    bool reads_when_writable() const;

    /// Whether `write` can only go on when the socket is readable.
    bool writes_when_readable() const { return write_wants_input_; }

    /// So many bytes of what `write` was given last, but not reported as written, will be: they are
    /// encrypted already and can be neither changed nor taken back.
    std::size_t committed() const { return committed_; }

    /// Why the client cannot be talked to; empty if the handshake has not failed. Static text.
    std::string_view handshake_failure() const;

    /// Whether it failed because the client speaks HTTP without TLS ([OPS-13]).
    bool plain_http() const { return plain_http_; }

  private:
    explicit TlsStream(int socket) : socket_(socket) {}

    struct Transport;

    IoResult stop_reading();
    IoResult flush();
    IoResult send_control();
    IoResult progress(std::size_t sent);

    struct Release {
        void operator()(SSL* ssl) const;
    };

    std::unique_ptr<SSL, Release> ssl_;
    std::string unsent_;             ///< encrypted; what the socket has not taken
    std::size_t committed_ = 0;      ///< see `committed`; not 0 while such bytes are in `unsent_`
    std::size_t allowance_ = 0;      ///< bytes that the current `read` may still take in
    const char* failure_ = nullptr;  ///< of the handshake
    int socket_;
    IoResult::Status end_ = IoResult::Status::done;  ///< how the stream has ended; `done`: not yet
    bool greeted_ = false;                           ///< the first byte has arrived
    bool plain_http_ = false;
    bool end_of_input_ = false;     ///< of the socket
    bool read_wants_room_ = false;  ///< the last `read` had more to send than it may keep
    bool write_wants_input_ = false;
    bool finished_ = false;  ///< close_notify was made
};

}  // namespace resgate::net
