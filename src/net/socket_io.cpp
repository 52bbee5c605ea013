#include "net/socket_io.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>

namespace resgate::net {

namespace {

IoResult failure() {
    const bool again = errno == EAGAIN || errno == EWOULDBLOCK;
    return {again ? IoResult::Status::would_block : IoResult::Status::failed};
}

/// So many bytes in several pieces are put together before they are written: the system takes
/// longer to pick up each piece than it takes to copy it.
constexpr std::size_t worth_copying = 2048;

std::size_t total_size(std::span<const iovec> pieces) {
    std::size_t size = 0;
    for (const iovec& piece : pieces) {
        size += piece.iov_len;
    }
    return size;
}

IoResult send_bytes(int socket, const void* bytes, std::size_t count) {
    ssize_t size = 0;
    do {
        size = ::send(socket, bytes, count, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    return size < 0 ? failure() : IoResult{IoResult::Status::done, static_cast<std::size_t>(size)};
}

IoResult send_copied(int socket, std::span<const iovec> pieces) {
    std::array<char, worth_copying> bytes;  // NOLINT(*-member-init): set as far as it is written
    char* end = bytes.data();
    for (const iovec& piece : pieces) {
        std::memcpy(end, piece.iov_base, piece.iov_len);
        end += piece.iov_len;
    }
    return send_bytes(socket, bytes.data(), static_cast<std::size_t>(end - bytes.data()));
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
    if (pieces.size() == 1) {
        return send_bytes(socket, pieces[0].iov_base, pieces[0].iov_len);
    }
    if (total_size(pieces) <= worth_copying) {
        return send_copied(socket, pieces);
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    ssize_t size = 0;
    do {
        size = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    return size < 0 ? failure() : IoResult{IoResult::Status::done, static_cast<std::size_t>(size)};
}

}  // namespace resgate::net
