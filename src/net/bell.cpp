#include "net/bell.h"

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>

namespace resgate::net {

Bell::Bell() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
}

void Bell::ring() {
    ::eventfd_write(event_.get(), 1);
}

void Bell::wait(int milliseconds) {
    pollfd waited{event_.get(), POLLIN, 0};
    if (::poll(&waited, 1, milliseconds) > 0) {
        eventfd_t rings = 0;
        ::eventfd_read(event_.get(), &rings);
    }
}

}  // namespace resgate::net
