#include "net/listener.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/clients.h"
#include "net/event_loop.h"

namespace resgate::net {

namespace {

/// Connections accepted before other handlers have their turn.
constexpr int accepts_per_turn = 128;

constexpr std::chrono::milliseconds pause_without_descriptors{100};

FileDescriptor open_spare() {
    return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/// `EADDRINUSE` as `address already in use`: the wording of [OPS-6] begins in lower case.
std::string describe(int error) {
    std::string text = std::strerror(error);
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
        text[0] = static_cast<char>(text[0] + ('a' - 'A'));
    }
    return text;
}

struct BindAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = AF_UNSPEC;
};

BindAddress v6_address(const in6_addr& host, std::uint16_t port) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = host;
    v6.sin6_port = htons(port);
    BindAddress address{{}, sizeof v6, AF_INET6};
    std::memcpy(&address.storage, &v6, sizeof v6);
    return address;
}

BindAddress v4_address(const in_addr& host, std::uint16_t port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr = host;
    v4.sin_port = htons(port);
    BindAddress address{{}, sizeof v4, AF_INET};
    std::memcpy(&address.storage, &v4, sizeof v4);
    return address;
}

/// Opens, binds and listens; on failure sets `step` to the system call that failed, and errno.
FileDescriptor open_listener(const BindAddress& address, const char*& step) {
    step = "socket";
    FileDescriptor socket(
        ::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!socket) {
        return {};
    }
    const int on = 1;
    const int off = 0;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.family == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    step = "bind";
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) !=
        0) {
        return {};
    }
    step = "listen";
    if (::listen(socket.get(), SOMAXCONN) != 0) {
        return {};
    }
    return socket;
}

std::uint16_t bound_port(int socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return 0;
    }
    return PeerAddress::from(storage).port;
}

}  // namespace

Listener::Listener(EventLoop& loop, std::vector<Clients*> targets)
    : loop_(loop), targets_(std::move(targets)) {}

Listener::~Listener() {
    stop();
}

std::optional<std::string> Listener::start(const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    const std::string where =
        "listen tcp " + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port) + ": ";
    const char* step = "";
    FileDescriptor socket;
    in6_addr v6_host{};
    in_addr v4_host{};
    if (address.empty() || address == "0.0.0.0" || address == "::") {
        socket = open_listener(v6_address(in6addr_any, port), step);
        if (!socket && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
            v4_host.s_addr = htonl(INADDR_ANY);  // a host without IPv6
            socket = open_listener(v4_address(v4_host, port), step);
        }
    } else if (::inet_pton(AF_INET, address.c_str(), &v4_host) == 1) {
        socket = open_listener(v4_address(v4_host, port), step);
    } else if (::inet_pton(AF_INET6, address.c_str(), &v6_host) == 1) {
        socket = open_listener(v6_address(v6_host, port), step);
    } else {
        return where + "not a numeric address";
    }
    if (!socket) {
        return where + step + ": " + describe(errno);
    }
    port_ = bound_port(socket.get());
    spare_ = open_spare();
    socket_ = std::move(socket);
    interest_ = Poller::Interest::none;
    if (!watch(Poller::Interest::input)) {
        return where + "epoll_ctl: " + describe(errno);
    }
    return std::nullopt;
}

void Listener::stop() {
    loop_.timers().cancel(resume_);
    socket_.reset();
}

bool Listener::watch(Poller::Interest interest) {
    if (!loop_.poller().watch(socket_.get(), interest_, interest, *this)) {
        return false;
    }
    interest_ = interest;
    return true;
}

void Listener::on_ready(bool, bool) {
    for (int i = 0; i < accepts_per_turn; ++i) {
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        FileDescriptor client(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&storage), &size,
                                        SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (client) {
            targets_[next_]->adopt(std::move(client), PeerAddress::from(storage));
            next_ = (next_ + 1) % targets_.size();
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!shed_connection()) {
                pause();
                return;
            }
        }
        // Any other error concerns only the connection that could not be accepted (accept(2)).
    }
}

/// Without a free descriptor a waiting connection would keep the socket readable for ever. The
/// spare one is used to accept it and close it ([LMT-3]). False if that does not work.
bool Listener::shed_connection() {
    if (!spare_) {
        return false;
    }
    spare_.reset();
    FileDescriptor client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const bool shed = static_cast<bool>(client);
    client.reset();
    spare_ = open_spare();
    return shed;
}

void Listener::pause() {
    watch(Poller::Interest::loss);
    resume_ = loop_.timers().start(pause_without_descriptors, [this] {
        if (!spare_) {
            spare_ = open_spare();
        }
        watch(Poller::Interest::input);
    });
}

}  // namespace resgate::net
