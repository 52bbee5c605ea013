#include "net/client_socket.h"

#include <cerrno>

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

ClientSocket::ClientSocket(boost::asio::io_context& context, FileDescriptor socket)
    : descriptor_(context) {
    // Output is gathered by turns already; waiting for more would only delay it.
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    boost::system::error_code error;
    descriptor_.assign(socket.get(), error);
    if (!error) {
        socket.release();
    }
}

IoResult ClientSocket::read(std::span<char> room) {
    ssize_t size = 0;
    do {
        size = ::recv(descriptor_.native_handle(), room.data(), room.size(), 0);
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
        size = ::sendmsg(descriptor_.native_handle(), &message, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return failure();
    }
    return {IoResult::Status::done, static_cast<std::size_t>(size)};
}

void ClientSocket::shutdown_write() {
    ::shutdown(descriptor_.native_handle(), SHUT_WR);
}

void ClientSocket::close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

}  // namespace resgate::net
