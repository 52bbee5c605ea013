#include "net/poller.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstddef>
#include <span>
#include <system_error>

#include <sys/eventfd.h>

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

int checked(int descriptor, const char* call) {
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category(), call);
    }
    return descriptor;
}

}  // namespace

Poller::Poller()
    : set_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      interruption_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    // Edge-triggered, each write shows once and nothing has to be read back. Nobody is told.
    epoll_event event{EPOLLIN | EPOLLET, {nullptr}};
    checked(::epoll_ctl(set_.get(), EPOLL_CTL_ADD, interruption_.get(), &event), "epoll_ctl");
}

bool Poller::watch(int descriptor, Interest before, Interest now, Pollable& who) {
    if (before == now) {
        return true;
    }
    assert(now != Interest::none);
    const int operation = before == Interest::none ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    epoll_event event{event_mask(now), {&who}};
    return ::epoll_ctl(set_.get(), operation, descriptor, &event) == 0;
}

void Poller::forget(int descriptor) {
    ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

/// More than fits is found in the next turn: what was found goes to the end of the system's list.
void Poller::wait(int milliseconds) {
    const int count =
        ::epoll_wait(set_.get(), found_.data(), static_cast<int>(found_.size()), milliseconds);
    found_count_ = static_cast<std::size_t>(std::max(count, 0));
}

void Poller::tell() {
    for (const epoll_event& event : std::span(found_).first(found_count_)) {
        if (event.data.ptr == nullptr) {
            continue;  // the interruption
        }
        const bool broken = (event.events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
        static_cast<Pollable*>(event.data.ptr)
            ->on_ready(broken || (event.events & EPOLLIN) != 0,
                       broken || (event.events & EPOLLOUT) != 0);
    }
}

void Poller::interrupt() {
    // The counter cannot overflow: that would take longer than any program runs.
    ::eventfd_write(interruption_.get(), 1);
}

}  // namespace resgate::net
