#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <sys/uio.h>

#include "net/file_descriptor.h"
#include "net/io_result.h"
#include "net/poller.h"
#include "net/tls_stream.h"

namespace resgate::net {

/// The byte stream of a client, with or without TLS: the one place that knows how bytes reach the
/// wire. Non-blocking; loop thread.
class ClientSocket {
  public:
    /// `tls` null: plain.
    ClientSocket(FileDescriptor socket, const TlsServerContext* tls);

    /// Reads what is there, `TlsStream::min_room` bytes or more at a time. Fewer bytes than `room`
    /// means that nothing more is there now.
    IoResult read(std::span<char> room);

    IoResult write(std::span<const iovec> pieces);

    /// So many bytes of what `write` was given last will be written, though it did not say so yet:
    /// they must be the first that it is given next.
    std::size_t committed() const { return tls_ ? tls_->committed() : 0; }

    /// Tells the peer that nothing more will come. `would_block`: call it again when writable.
    IoResult shutdown_write();

    /// Why TLS could not be agreed on, if that made `read` fail; else empty. Static text.
    std::string_view handshake_failure() const;

    /// After a failed handshake: from now on plain. Returns whether the client speaks plain HTTP.
    bool give_up_tls();

    void close();

    /// What `who` waits for from now on, and is told of by the loop's poller: see `can_read` and
    /// `can_write`. False if the system refuses.
    bool watch(Poller& poller, Poller::Interest interest, Pollable& who);

    /// Whether input is what the poller is to tell of, and nothing else; never with TLS, where one
    /// can stand for the other.
    bool waits_for_input() const { return !tls_ && interest_ == Poller::Interest::input; }

    /// Whether `read` would tell something although the poller does not.
    bool has_input() const { return tls_ && tls_->has_input(); }

    /// What the poller's news mean: TLS may have to write before it can read.
    bool can_read(bool input, bool output) const {
        return tls_ && tls_->reads_when_writable() ? output : input;
    }

    bool can_write(bool input, bool output) const {
        return tls_ && tls_->writes_when_readable() ? input : output;
    }

  private:
    Poller::Interest in_terms_of_tls(Poller::Interest interest) const;

    FileDescriptor descriptor_;
    Poller::Interest interest_ = Poller::Interest::none;
    std::unique_ptr<TlsStream> tls_;  ///< null: plain
};

}  // namespace resgate::net
