#pragma once

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "net/event_loop.h"
#include "net/file_descriptor.h"

namespace resgate::nats {

/// A server that does what a test tells it, on the test's own loop. Serves one client.
class FakeServer final : private net::Pollable {
  public:
    static constexpr std::string_view info = "INFO {\"headers\":true,\"max_payload\":1048576} \r\n";

    std::string received;      ///< from the client, so far
    bool ended = false;        ///< the client has closed
    std::size_t accepted = 0;  ///< number of clients
    std::function<void()> when_accepted;
    std::function<void()> when_received;

    explicit FakeServer(net::EventLoop& loop)
        : loop_(loop), acceptor_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(acceptor_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
        EXPECT_EQ(::listen(acceptor_.get(), 16), 0);
        loop_.poller().watch(acceptor_.get(), Interest::none, Interest::input, *this);
    }

    std::string url() const { return "nats://127.0.0.1:" + std::to_string(port()); }

    std::uint16_t port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        EXPECT_EQ(::getsockname(acceptor_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        return ntohs(address.sin_port);
    }

    /// Greets and accepts whatever CONNECT says.
    void behave() {
        when_accepted = [this] { send(info); };
        when_received = [this] {
            if (received.find("PING\r\n") != std::string::npos) {
                when_received = nullptr;
                send("PONG\r\n");
            }
        };
    }

    /// Blocks until the client's socket has taken it. Throws if the client has gone.
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno == EAGAIN) {
                pollfd writable{socket_.get(), POLLOUT, 0};
                ::poll(&writable, 1, -1);
            } else {
                throw std::system_error(errno, std::generic_category(), "send");
            }
        }
    }

    void close() { socket_.reset(); }

    /// Closes such that the client's next write fails.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        socket_.reset();
    }

    void start_reading() {
        loop_.poller().watch(socket_.get(), Interest::loss, Interest::input, *this);
        reads_ = true;
    }

    void do_not_read() {
        loop_.poller().watch(socket_.get(), Interest::input, Interest::loss, *this);
        reads_ = false;
    }

    std::size_t count(std::string_view text) const {
        std::size_t found = 0;
        for (std::size_t at = received.find(text); at != std::string::npos;
             at = received.find(text, at + text.size())) {
            ++found;
        }
        return found;
    }

  private:
    using Interest = net::Poller::Interest;

    void on_ready(bool, bool) override {
        if (acceptor_waits_) {
            accept();
        } else if (socket_ && reads_) {
            read();
        }
    }

    void accept() {
        socket_ = net::FileDescriptor(::accept4(acceptor_.get(), nullptr, nullptr, SOCK_NONBLOCK));
        ASSERT_TRUE(socket_);
        acceptor_waits_ = false;
        loop_.poller().forget(acceptor_.get());
        ++accepted;
        const int on = 1;
        ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        loop_.poller().watch(socket_.get(), Interest::none, Interest::input, *this);
        if (when_accepted) {
            when_accepted();
        }
    }

    void read() {
        const ssize_t size = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
        if (size > 0) {
            received.append(buffer_.data(), static_cast<std::size_t>(size));
            if (when_received) {
                when_received();
            }
        } else if (size == 0 || errno != EAGAIN) {
            ended = true;
            loop_.poller().forget(socket_.get());
        }
    }

    net::EventLoop& loop_;
    net::FileDescriptor acceptor_;
    net::FileDescriptor socket_;
    std::array<char, 65536> buffer_;
    bool acceptor_waits_ = true;
    bool reads_ = true;
};

}  // namespace resgate::nats
