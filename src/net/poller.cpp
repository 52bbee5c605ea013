#include "net/poller.h"

#include <cassert>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace resgate::net {

namespace {

std::uint32_t event_mask(Poller::Interest interest) {
    // A lost connection is reported in any case; where nothing is waited for, it must not be each
    // turn.
    if (interest == Poller::Interest::loss) {
        return EPOLLRDHUP | EPOLLET;
    }
    const auto bits = static_cast<unsigned>(interest);
    return ((bits & 1U) != 0 ? EPOLLIN : 0U) | ((bits & 2U) != 0 ? EPOLLOUT : 0U);
}

}  // namespace

Poller::Poller(boost::asio::io_context& context) : set_(context) {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
    set_.assign(set);
}

bool Poller::watch(int descriptor, Interest before, Interest now, Pollable& who) {
    if (before == now) {
        return true;
    }
    assert(now != Interest::none);
    const int operation = before == Interest::none ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_event event{event_mask(now), {&who}};
    return ::epoll_ctl(set_.native_handle(), operation, descriptor, &event) == 0;
}

void Poller::arm() {
    if (armed_) {
        return;
    }
    armed_ = true;
    set_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [this](const boost::system::error_code& error) {
                        armed_ = false;
                        if (!error) {
                            tell();
                        }
                    });
}

/// More than fits is told of in the next turn: those who were told go to the end of the system's
/// list.
void Poller::tell() {
    const int count =
        ::epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events_[static_cast<std::size_t>(i)];
        const bool broken = (event.events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
        static_cast<Pollable*>(event.data.ptr)
            ->on_ready(broken || (event.events & EPOLLIN) != 0,
                       broken || (event.events & EPOLLOUT) != 0);
    }
}

}  // namespace resgate::net
