#include "nats/stream.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace resgate::nats {

namespace {

constexpr std::size_t scratch_size = 65536;

}  // namespace

Stream::Stream() : scratch_(std::make_unique_for_overwrite<char[]>(scratch_size)) {}

void Stream::open(net::FileDescriptor&& socket) {
    tls_.reset();
    socket_ = std::move(socket);
    interest_ = net::Poller::Interest::none;
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// The TLS session lives on until the next `open`: it may be what is closing the stream.
void Stream::close() {
    socket_.reset();
    output_.clear();
    encrypted_.clear();
}

bool Stream::watch(net::Poller& poller, net::Poller::Interest interest, net::Pollable& who) {
    if (!poller.watch(socket_.get(), interest_, interest, who)) {
        return false;
    }
    interest_ = interest;
    return true;
}

void Stream::secure(const TlsContext& context, const std::string& host) {
    output_.clear();
    tls_.emplace(context, host, encrypted_.text());
}

Output::Progress Stream::write() {
    if (!tls_) {
        return output_.write(socket_.get());
    }
    if (secured() && output_.pending() != 0) {
        tls_->send(output_.text());
        output_.clear();
    }
    const Output::Progress progress = encrypted_.write(socket_.get());
    if (tls_->state() == TlsSession::State::failed) {
        // Wakes the reading side, which tells why.
        ::shutdown(socket_.get(), SHUT_RDWR);
    }
    return progress;
}

void Stream::end() {
    if (tls_) {
        tls_->end();
        encrypted_.write(socket_.get());
    }
    ::shutdown(socket_.get(), SHUT_WR);
}

Stream::Input Stream::read() {
    Input input = receive();
    if (tls_) {
        input.bytes = tls_->receive(input.bytes);
        if (tls_->state() == TlsSession::State::failed) {
            input.end = tls_->failure();
        } else if (tls_->state() == TlsSession::State::ended) {
            input.end = "EOF";
        }
    }
    return input;
}

Stream::Input Stream::receive() {
    const ssize_t size = ::recv(socket_.get(), scratch_.get(), scratch_size, MSG_DONTWAIT);
    if (size > 0) {
        const auto length = static_cast<std::size_t>(size);
        return {std::string_view(scratch_.get(), length), length == scratch_size, {}};
    }
    if (size == 0) {
        return {{}, false, "EOF"};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return {{}, errno == EINTR, {}};
    }
    return {{}, false, "read: " + std::generic_category().message(errno)};
}

}  // namespace resgate::nats
