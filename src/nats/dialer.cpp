#include "nats/dialer.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "net/event_loop.h"

namespace resgate::nats {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

using AddressList = std::unique_ptr<addrinfo, FreeAddresses>;

/// Blocks, unless `flags` say that the host is an address.
int look_up(const std::string& host, const std::string& service, int flags, AddressList& found) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &list);
    found.reset(error == 0 ? list : nullptr);
    return error;
}

}  // namespace

/// What the thread that asks the name server shares with the dialer, which may be gone before the
/// answer comes.
struct Dialer::Resolution {
    net::FileDescriptor done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    // Written by the thread before it writes to `done`, read after that.
    AddressList found;
    int error = 0;
};

void Dialer::dial(const std::string& host, std::uint16_t port, Callback callback) {
    cancel();
    callback_ = std::move(callback);
    attempt_ = std::make_shared<Attempt>();
    resolution_ = std::make_shared<Resolution>();
    const std::string service = std::to_string(port);
    // An address needs no asking, and so no thread.
    resolution_->error = look_up(host, service, AI_NUMERICHOST, resolution_->found);
    if (resolution_->error == EAI_NONAME) {
        resolve(host, service);
        return;
    }
    loop_.post([this, attempt = std::weak_ptr(attempt_)] {
        if (!attempt.expired()) {
            on_resolved();
        }
    });
}

void Dialer::resolve(const std::string& host, const std::string& service) {
    loop_.poller().watch(resolution_->done.get(), net::Poller::Interest::none,
                         net::Poller::Interest::input, *this);
    std::thread([host, service, resolution = resolution_] {
        resolution->error = look_up(host, service, 0, resolution->found);
        ::eventfd_write(resolution->done.get(), 1);
    }).detach();  // nobody can make it end: it is not waited for
}

void Dialer::cancel() {
    attempt_.reset();
    if (resolution_) {
        loop_.poller().forget(resolution_->done.get());  // the thread may keep it open
        resolution_.reset();
    }
    socket_.reset();
    addresses_.clear();
}

void Dialer::on_ready(bool, bool) {
    if (resolution_) {
        eventfd_t ignored = 0;
        if (::eventfd_read(resolution_->done.get(), &ignored) == 0) {
            on_resolved();
        }
    } else if (socket_) {
        socklen_t size = sizeof error_;
        ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error_, &size);
        if (error_ != 0) {
            connect_next();
            return;
        }
        loop_.poller().forget(socket_.get());
        end(std::move(socket_));
    }
}

void Dialer::on_resolved() {
    const auto resolution = std::exchange(resolution_, nullptr);
    loop_.poller().forget(resolution->done.get());
    if (resolution->error != 0) {
        end(DialFailure{false, ::gai_strerror(resolution->error)});
        return;
    }
    for (const addrinfo* one = resolution->found.get(); one != nullptr; one = one->ai_next) {
        Address& address = addresses_.emplace_back(Address{{}, one->ai_addrlen});
        std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    }
    next_address_ = 0;
    connect_next();
}

void Dialer::connect_next() {
    while (next_address_ < addresses_.size()) {
        const Address& address = addresses_[next_address_++];
        socket_ = net::FileDescriptor(::socket(
            address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
        if (socket_ && ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                                 address.size) == 0) {
            end(std::move(socket_));
            return;
        }
        error_ = errno;
        const bool under_way = socket_ && (error_ == EINPROGRESS || error_ == EINTR);
        if (under_way && loop_.poller().watch(socket_.get(), net::Poller::Interest::none,
                                              net::Poller::Interest::output, *this)) {
            return;
        }
    }
    end(DialFailure{error_ == ECONNREFUSED, std::generic_category().message(error_)});
}

/// The dialer may be gone, or dialling again, after the callback.
void Dialer::end(Result<net::FileDescriptor, DialFailure>&& socket) {
    const Callback callback = std::exchange(callback_, nullptr);
    cancel();
    callback(std::move(socket));
}

}  // namespace resgate::nats
