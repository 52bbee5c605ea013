#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

namespace resgate::nats {

/// A server that does what a test tells it, on the test's own loop. Serves one client.
class FakeServer {
  public:
    static constexpr std::string_view info = "INFO {\"headers\":true,\"max_payload\":1048576} \r\n";

    std::string received;      ///< from the client, so far
    bool ended = false;        ///< the client has closed
    std::size_t accepted = 0;  ///< number of clients
    std::function<void()> when_accepted;
    std::function<void()> when_received;

    explicit FakeServer(boost::asio::io_context& io)
        : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}), socket_(io) {
        acceptor_.async_accept(socket_, [this](const boost::system::error_code& error) {
            if (!error) {
                ++accepted;
                socket_.set_option(boost::asio::ip::tcp::no_delay(true));
                if (when_accepted) {
                    when_accepted();
                }
                if (reads_) {
                    read();
                }
            }
        });
    }

    std::string url() const { return "nats://127.0.0.1:" + std::to_string(port()); }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

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

    void send(std::string_view bytes) {
        boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()));
    }

    void close() { socket_.close(); }

    /// Closes such that the client's next write fails.
    void reset() {
        socket_.set_option(boost::asio::socket_base::linger(true, 0));
        socket_.close();
    }

    void start_reading() {
        reads_ = true;
        read();
    }

    void do_not_read() { reads_ = false; }

    std::size_t count(std::string_view text) const {
        std::size_t found = 0;
        for (std::size_t at = received.find(text); at != std::string::npos;
             at = received.find(text, at + text.size())) {
            ++found;
        }
        return found;
    }

  private:
    void read() {
        socket_.async_read_some(boost::asio::buffer(buffer_),
                                [this](const boost::system::error_code& error, std::size_t size) {
                                    received.append(buffer_.data(), size);
                                    if (size != 0 && when_received) {
                                        when_received();
                                    }
                                    if (error) {
                                        ended = true;
                                    } else if (reads_) {
                                        read();
                                    }
                                });
    }

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket socket_;
    std::array<char, 65536> buffer_;
    bool reads_ = true;
};

}  // namespace resgate::nats
