#include "net/signals.h"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <sys/signalfd.h>

#include "net/event_loop.h"

namespace resgate::net {

Signals::Signals(EventLoop& loop, std::initializer_list<int> signals, std::function<void()> call)
    : call_(std::move(call)) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) {
        sigaddset(&set, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    descriptor_ = FileDescriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!descriptor_ || !loop.poller().watch(descriptor_.get(), Poller::Interest::none,
                                             Poller::Interest::input, *this)) {
        throw std::system_error(errno, std::generic_category(), "signalfd");
    }
}

void Signals::on_ready(bool, bool) {
    signalfd_siginfo signal;
    while (::read(descriptor_.get(), &signal, sizeof signal) == sizeof signal) {
        call_();
    }
}

}  // namespace resgate::net
