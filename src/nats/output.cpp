#include "nats/output.h"

#include <cerrno>

#include <sys/socket.h>

namespace resgate::nats {

namespace {

/// A buffer that grew beyond this is given back once it is written.
constexpr std::size_t kept_capacity = 1048576;

}  // namespace

Output::Progress Output::write(int socket) {
    while (pending() != 0) {
        const ssize_t size =
            ::send(socket, text_.data() + written_, pending(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size >= 0) {
            written_ += static_cast<std::size_t>(size);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            // Moving less than what was written keeps the cost proportional to the bytes sent.
            if (written_ > text_.size() / 2) {
                text_.erase(0, written_);
                written_ = 0;
            }
            return Progress::blocked;
        } else if (errno != EINTR) {
            clear();
            return Progress::failed;
        }
    }
    clear();
    return Progress::done;
}

void Output::clear() {
    text_.clear();
    written_ = 0;
    if (text_.capacity() > kept_capacity) {
        text_.shrink_to_fit();
    }
}

}  // namespace resgate::nats
