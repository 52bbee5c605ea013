#include "net/client_socket.h"

#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/socket_io.h"

namespace resgate::net {

ClientSocket::ClientSocket(FileDescriptor socket, const TlsServerContext* tls)
    : descriptor_(std::move(socket)) {
    // Output is gathered by turns already; waiting for more would only delay it.
    const int on = 1;
    ::setsockopt(descriptor_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls != nullptr) {
        tls_ = TlsStream::accept(*tls, descriptor_.get());
        if (!tls_) {
            close();  // nobody will be able to wait for it
        }
    }
}

IoResult ClientSocket::read(std::span<char> room) {
    return tls_ ? tls_->read(room) : receive_from(descriptor_.get(), room);
}

IoResult ClientSocket::write(std::span<const iovec> pieces) {
    return tls_ ? tls_->write(pieces) : send_to(descriptor_.get(), pieces);
}

IoResult ClientSocket::shutdown_write() {
    const IoResult said = tls_ ? tls_->finish() : IoResult{IoResult::Status::done};
    if (said.status != IoResult::Status::would_block) {
        ::shutdown(descriptor_.get(), SHUT_WR);
    }
    return said;
}

std::string_view ClientSocket::handshake_failure() const {
    return tls_ ? tls_->handshake_failure() : std::string_view();
}

bool ClientSocket::give_up_tls() {
    const bool plain_http = tls_ && tls_->plain_http();
    tls_.reset();
    return plain_http;
}

void ClientSocket::close() {
    descriptor_.reset();
    interest_ = Poller::Interest::none;
}

bool ClientSocket::watch(Poller& poller, Poller::Interest interest, Pollable& who) {
    if (tls_) {
        interest = in_terms_of_tls(interest);
    }
    if (!poller.watch(descriptor_.get(), interest_, interest, who)) {
        return false;
    }
    interest_ = interest;
    return true;
}

/// What has to be waited for on the socket, if reading and writing are to go on as `interest` says.
Poller::Interest ClientSocket::in_terms_of_tls(Poller::Interest interest) const {
    using Interest = Poller::Interest;
    const bool reads = interest == Interest::input || interest == Interest::both;
    const bool writes = interest == Interest::output || interest == Interest::both;
    const bool input =
        (reads && !tls_->reads_when_writable()) || (writes && tls_->writes_when_readable());
    const bool output =
        (writes && !tls_->writes_when_readable()) || (reads && tls_->reads_when_writable());
    return input ? (output ? Interest::both : Interest::input)
                 : (output ? Interest::output : Interest::loss);
}

}  // namespace resgate::net
