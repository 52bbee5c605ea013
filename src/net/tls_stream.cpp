#include "net/tls_stream.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/socket_io.h"
#include "net/tls_server_context.h"

// OpenSSL reads and writes through a BIO of our own, for three reasons. Output never blocks: what
// the socket does not take is kept in `unsent_`, so that there are no writes to be repeated with
// the same bytes. Input is rationed: OpenSSL deals with records that carry no data (handshakes, key
// updates) in a loop of its own, in which a client could otherwise keep the thread. And sending
// raises no SIGPIPE.

namespace resgate::net {

namespace {

using Status = IoResult::Status;

/// The most that a TLS record holds.
constexpr std::size_t record_size = SSL3_RT_MAX_PLAIN_LENGTH;

/// When so much is unsent, OpenSSL has to wait with what it wants to say itself. A record of data
/// is only begun when nothing is unsent.
constexpr std::size_t max_unsent = 65536;

constexpr const char* plain_http_text = "client sent an HTTP request to an HTTPS server";

/// Copies the beginning of `pieces` into `record`, or points to it if it is in one piece.
std::string_view gather(std::span<const iovec> pieces, std::span<char, record_size> record) {
    if (pieces.size() == 1 || pieces.front().iov_len >= record.size()) {
        return {static_cast<const char*>(pieces.front().iov_base),
                std::min(pieces.front().iov_len, record.size())};
    }
    std::size_t size = 0;
    for (const iovec& piece : pieces) {
        const std::size_t part = std::min(piece.iov_len, record.size() - size);
        std::memcpy(record.data() + size, piece.iov_base, part);
        size += part;
    }
    return {record.data(), size};
}

const char* failure_text() {
    const char* const text = ERR_reason_error_string(ERR_peek_error());
    return text != nullptr ? text : "protocol error";
}

}  // namespace

/// What OpenSSL calls for its input and output.
struct TlsStream::Transport {
    static TlsStream& stream(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

    /// Rationed, see `TlsStream::read`.
    static int read(BIO* bio, char* room, std::size_t size, std::size_t* done) {
        TlsStream& self = stream(bio);
        BIO_clear_retry_flags(bio);
        if (self.allowance_ == 0) {
            BIO_set_retry_read(bio);
            return 0;
        }
        const IoResult result = receive_from(self.socket_, {room, std::min(size, self.allowance_)});
        self.end_of_input_ = result.status == Status::end;
        if (result.status == Status::would_block) {
            BIO_set_retry_read(bio);
        }
        if (result.status != Status::done) {
            return 0;
        }
        if (!std::exchange(self.greeted_, true) && *room >= 'A' && *room <= 'Z') {
            self.plain_http_ = true;  // records of a handshake begin with 22
            return 0;
        }
        self.allowance_ -= result.size;
        *done = result.size;
        return 1;
    }

    static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* done) {
        TlsStream& self = stream(bio);
        BIO_clear_retry_flags(bio);
        if (self.unsent_.size() >= max_unsent) {
            BIO_set_retry_write(bio);
            return 0;
        }
        std::size_t sent = 0;
        if (self.unsent_.empty()) {
            const iovec piece{const_cast<char*>(bytes), size};
            const IoResult result = send_to(self.socket_, {&piece, 1});
            if (result.status == Status::failed) {
                return 0;
            }
            sent = result.size;
        }
        self.unsent_.append(bytes + sent, size - sent);
        *done = size;
        return 1;
    }

    static long control(BIO* bio, int command, long, void*) {
        switch (command) {
            case BIO_CTRL_EOF:
                return stream(bio).end_of_input_ ? 1 : 0;
            case BIO_CTRL_FLUSH:
                return 1;
            default:
                return 0;
        }
    }

    /// The table of these functions. Never changed once it is made.
    static const BIO_METHOD* table() {
        static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> table = [] {
            BIO_METHOD* const made =
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "client socket");
            if (made != nullptr) {
                BIO_meth_set_read_ex(made, read);
                BIO_meth_set_write_ex(made, write);
                BIO_meth_set_ctrl(made, control);
            }
            return std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>(made, BIO_meth_free);
        }();
        return table.get();
    }
};

void TlsStream::Release::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

std::unique_ptr<TlsStream> TlsStream::accept(const TlsServerContext& context, int socket) {
    std::unique_ptr<TlsStream> stream(new TlsStream(socket));
    stream->ssl_.reset(SSL_new(context.get()));
    BIO* const bio = BIO_new(Transport::table());
    if (!stream->ssl_ || bio == nullptr) {
        BIO_free(bio);
        ERR_clear_error();
        return nullptr;
    }
    BIO_set_data(bio, stream.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(stream->ssl_.get(), bio, bio);
    SSL_set_accept_state(stream->ssl_.get());
    return stream;
}

TlsStream::~TlsStream() = default;

IoResult TlsStream::read(std::span<char> room) {
    assert(room.size() >= min_room);
    read_wants_room_ = false;
    if (committed_ == 0) {
        // A client that does not take what OpenSSL has to say itself need not be listened to.
        if (const IoResult sent = send_control(); sent.status != Status::done) {
            return sent;
        }
    }
    // Text is never longer than what it is decrypted from, so this and what OpenSSL has kept fit
    // into `room`: it is never for want of room that reading stops.
    allowance_ = room.size() - min_room / 2;
    std::size_t size = 0;
    IoResult part{Status::done};
    while (part.status == Status::done && end_ == Status::done) {
        ERR_clear_error();
        if (SSL_read_ex(ssl_.get(), room.data() + size, room.size() - size, &part.size) == 1) {
            size += part.size;
        } else {
            part = stop_reading();
        }
    }
    if (size > 0) {
        return {Status::done, size};
    }
    return end_ == Status::done ? part : IoResult{end_};
}

/// After an attempt of OpenSSL to read has failed: why.
IoResult TlsStream::stop_reading() {
    switch (SSL_get_error(ssl_.get(), 0)) {
        case SSL_ERROR_WANT_WRITE:
            read_wants_room_ = true;
            return {Status::would_block};
        case SSL_ERROR_WANT_READ:
            return {Status::would_block};
        case SSL_ERROR_ZERO_RETURN:
            end_ = Status::end;
            return {end_};
        default:
            break;
    }
    end_ = end_of_input_ ? Status::end : Status::failed;
    if (plain_http_) {
        failure_ = plain_http_text;
    } else if (end_ == Status::failed && ERR_peek_error() != 0 &&
               SSL_is_init_finished(ssl_.get()) == 0) {
        failure_ = failure_text();
    }
    ERR_clear_error();
    return {end_};
}

IoResult TlsStream::write(std::span<const iovec> pieces) {
    assert(!pieces.empty());
    write_wants_input_ = false;
    if (committed_ != 0) {
        const IoResult sent = flush();
        return sent.status == Status::done ? progress(sent.size) : sent;
    }
    if (const IoResult sent = send_control(); sent.status != Status::done) {
        return sent;
    }
    std::array<char, record_size> record;
    const std::string_view text = gather(pieces, record);
    ERR_clear_error();
    std::size_t taken = 0;
    if (SSL_write_ex(ssl_.get(), text.data(), text.size(), &taken) == 1) {
        committed_ = taken;
        return unsent_.empty() ? progress(0) : IoResult{Status::would_block};
    }
    const int error = SSL_get_error(ssl_.get(), 0);
    ERR_clear_error();
    write_wants_input_ = error == SSL_ERROR_WANT_READ;  // the handshake is not finished
    return {write_wants_input_ ? Status::would_block : Status::failed};
}

IoResult TlsStream::finish() {
    assert(committed_ == 0);
    if (!std::exchange(finished_, true) && end_ != Status::failed &&
        SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());  // if it fails there is nothing left to do about it
        ERR_clear_error();
    }
    return send_control();
}

bool TlsStream::reads_when_writable() const {
    return read_wants_room_ || (committed_ == 0 && !unsent_.empty());
}

std::string_view TlsStream::handshake_failure() const {
    return failure_ != nullptr ? failure_ : std::string_view();
}

IoResult TlsStream::flush() {
    const iovec piece{unsent_.data(), unsent_.size()};
    const IoResult result = send_to(socket_, {&piece, 1});
    unsent_.erase(0, result.size);
    if (unsent_.empty()) {
        std::string().swap(unsent_);
    }
    return result;
}

/// Sends what is unsent while none of it is data.
IoResult TlsStream::send_control() {
    if (unsent_.empty()) {
        return {Status::done};
    }
    const IoResult sent = flush();
    return unsent_.empty() || sent.status == Status::failed ? sent : IoResult{Status::would_block};
}

/// How much of the data has left, now that so many encrypted bytes have. Nobody can tell exactly;
/// but not all before all have.
IoResult TlsStream::progress(std::size_t sent) {
    const std::size_t size = unsent_.empty() ? committed_ : std::min(sent, committed_ - 1);
    committed_ -= size;
    return {Status::done, size};
}

}  // namespace resgate::net
