#include "net/client_socket.h"

#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace resgate::net {

namespace {

IoResult failure() {
    const bool again = errno == EAGAIN || errno == EWOULDBLOCK;
    return {again ? IoResult::Status::would_block : IoResult::Status::failed};
}

}  // namespace

ClientSocket::ClientSocket(FileDescriptor socket) : descriptor_(std::move(socket)) {
    // Output is gathered by turns already; waiting for more would only delay it.
    const int on = 1;
    ::setsockopt(descriptor_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

IoResult ClientSocket::read(std::span<char> room) {
    ssize_t size = 0;
    do {
        size = ::recv(descriptor_.get(), room.data(), room.size(), 0);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return failure();
    }
    return {size == 0 ? IoResult::Status::end : IoResult::Status::done,
            static_cast<std::size_t>(size)};
}

IoResult ClientSocket::write(std::span<const iovec> pieces) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    ssize_t size = 0;
    do {
        size = ::sendmsg(descriptor_.get(), &message, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return failure();
    }
    return {IoResult::Status::done, static_cast<std::size_t>(size)};
}

void ClientSocket::shutdown_write() {
    ::shutdown(descriptor_.get(), SHUT_WR);
}

void ClientSocket::close() {
    descriptor_.reset();
    interest_ = Poller::Interest::none;
}

bool ClientSocket::watch(Poller& poller, Poller::Interest interest, Pollable& who) {
    if (!poller.watch(descriptor_.get(), interest_, interest, who)) {
        return false;
    }
    interest_ = interest;
    return true;
}

}  // namespace resgate::net
