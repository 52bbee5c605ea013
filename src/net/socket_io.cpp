#include "net/socket_io.h"

#include <cerrno>

#include <sys/socket.h>

namespace resgate::net {

namespace {

IoResult failure() {
    const bool again = errno == EAGAIN || errno == EWOULDBLOCK;
    return {again ? IoResult::Status::would_block : IoResult::Status::failed};
}

}  // namespace

IoResult receive_from(int socket, std::span<char> room) {
    ssize_t size = 0;
    do {
        size = ::recv(socket, room.data(), room.size(), 0);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return failure();
    }
    return {size == 0 ? IoResult::Status::end : IoResult::Status::done,
            static_cast<std::size_t>(size)};
}

IoResult send_to(int socket, std::span<const iovec> pieces) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    ssize_t size = 0;
    do {
        size = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return failure();
    }
    return {IoResult::Status::done, static_cast<std::size_t>(size)};
}

}  // namespace resgate::net
