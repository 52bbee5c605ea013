#include "bench/load_clients.h"

#include <array>
#include <charconv>
#include <cstdlib>

#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace resgate::bench {

namespace {

[[noreturn]] void fail(std::string_view reason) {
    fmt::print(stderr, "client: {}\n", reason);
    std::exit(1);
}

/// A masked text frame with a mask of zeros, which leaves the payload readable.
std::string frame(std::string_view text) {
    std::string bytes = "\x81";
    if (text.size() < 126) {
        bytes += static_cast<char>(0x80 | text.size());
    } else {
        bytes += static_cast<char>(0x80 | 126);
        bytes += static_cast<char>(text.size() >> 8);
        bytes += static_cast<char>(text.size() & 0xff);
    }
    bytes.append(4, '\0');
    bytes += text;
    return bytes;
}

}  // namespace

Client::Client(boost::asio::io_context& io, std::uint16_t port, const std::string& rid,
               std::function<void()> subscribed, std::function<void()> event)
    : socket_(io), subscribed_(std::move(subscribed)), event_(std::move(event)) {
    boost::system::error_code error;
    socket_.connect({boost::asio::ip::address_v4::loopback(), port}, error);
    if (error)
        fail("cannot connect: " + error.message());
    socket_.non_blocking(true);
    shake_hands(rid);
    wait();
}

void Client::shake_hands(const std::string& rid) {
    // The requests follow at once; they are read when the handshake is done.
    const std::string request =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
        frame(R"({"id":1,"method":"version","params":{"protocol":"1.2.3"}})") +
        frame(fmt::format(R"({{"id":2,"method":"subscribe.{}"}})", rid));
    boost::asio::write(socket_, boost::asio::buffer(request));
}

void Client::wait() {
    socket_.async_wait(Socket::wait_read, [this](const boost::system::error_code& error) {
        if (!error)
            read();
    });
}

void Client::read() {
    static std::array<char, 65536> scratch;
    boost::system::error_code error;
    const std::size_t size = socket_.read_some(boost::asio::buffer(scratch), error);
    if (error && error != boost::asio::error::would_block)
        fail("connection ended: " + error.message());
    input_.append(scratch.data(), size);
    take_frames();
    wait();
}

void Client::take_frames() {
    std::size_t at = 0;
    if (!upgraded_) {
        const std::size_t end = input_.find("\r\n\r\n");
        if (end == std::string::npos)
            return;
        if (!input_.starts_with("HTTP/1.1 101"))
            fail("no upgrade: " + input_);
        upgraded_ = true;
        at = end + 4;
    }
    while (input_.size() - at >= 2) {
        const auto* const bytes = reinterpret_cast<const unsigned char*>(input_.data()) + at;
        std::size_t head = 2;
        std::size_t size = bytes[1] & 0x7fU;
        if (size == 126) {
            head = 4;
            if (input_.size() - at < head)
                break;
            size = static_cast<std::size_t>(bytes[2]) << 8 | bytes[3];
        }
        if (bytes[0] != 0x81 || size == 127)
            fail("unexpected frame");
        if (input_.size() - at < head + size)
            break;
        on_message(std::string_view(input_).substr(at + head, size));
        at += head + size;
    }
    input_.erase(0, at);
    if (input_.empty())
        input_ = {};
}

void Client::on_message(std::string_view text) {
    if (text.find("\"error\"") != std::string_view::npos)
        fail(text);
    if (!text.starts_with(R"({"event")")) {
        if (text.ends_with(R"("id":2})"))
            subscribed_();
        return;
    }
    constexpr std::string_view property = R"("n":)";
    const std::size_t at = text.find(property);
    std::uint64_t value = 0;
    if (at != std::string_view::npos)
        std::from_chars(text.data() + at + property.size(), text.data() + text.size(), value);
    if (value != last_value_ + 1)
        fail(fmt::format("event {} after {}", value, last_value_));
    last_value_ = value;
    event_();
}

}  // namespace resgate::bench
