#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nats/output.h"
#include "nats/tls_context.h"
#include "nats/tls_session.h"
#include "net/file_descriptor.h"
#include "net/poller.h"

namespace resgate::nats {

/// The bytes exchanged with a server: a socket, and TLS on top of it once the stream is secured.
/// One thread. Never blocks and never calls back.
class Stream {
  public:
    Stream();

    /// Begins anew on a connected, non-blocking socket.
    void open(net::FileDescriptor&& socket);
    /// Drops everything unsent. Bytes that `read` returned stay valid.
    void close();

    bool is_open() const { return static_cast<bool>(socket_); }

    /// What `who` is told of by the poller from now on, until `close`. False if the system refuses.
    bool watch(net::Poller& poller, net::Poller::Interest interest, net::Pollable& who);

    /// What is still to be sent in plain text and what was received is forgotten; from now on there
    /// is only TLS, with a server that must prove to be `host`.
    void secure(const TlsContext& context, const std::string& host);

    bool secured() const { return tls_ && tls_->state() == TlsSession::State::established; }

    /// Where to append what is to be sent, unless `secure` is not finished.
    std::string& output() { return output_.text(); }

    /// Bytes not yet sent.
    std::size_t pending() const { return output_.pending() + encrypted_.pending(); }

    /// Sends without blocking.
    Output::Progress write();

    /// Tells the server that nothing follows; what is pending must have been sent.
    void end();

    struct Input {
        std::string_view bytes;  ///< valid until the next call
        bool more = false;       ///< read again
        std::string end;         ///< why nothing follows; empty if something may
    };

    /// Reads once.
    Input read();

  private:
    Input receive();

    net::FileDescriptor socket_;
    net::Poller::Interest interest_ = net::Poller::Interest::none;
    std::unique_ptr<char[]> scratch_;
    Output output_;
    Output encrypted_;  ///< used with TLS only
    std::optional<TlsSession> tls_;
};

}  // namespace resgate::nats
