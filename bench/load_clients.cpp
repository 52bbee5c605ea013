#include "bench/load_clients.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace resgate::bench {

namespace {

constexpr std::size_t scratch_size = 262144;

constexpr std::string_view handshake =
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr std::string_view head_end = "\r\n\r\n";

std::optional<std::size_t> content_length(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
        const std::size_t at = head.find(name);
        if (at == std::string_view::npos)
            continue;
        std::size_t length = 0;
        std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
        return length;
    }
    return {};
}

int connect_to(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        fail(fmt::format("no socket: {}", std::strerror(errno)));
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail(fmt::format("cannot connect: {}", std::strerror(errno)));
    return socket;
}

}  // namespace

void fail(std::string_view reason) {
    fmt::print(stderr, "load: {}\n", reason);
    std::exit(1);
}

void append_frame(std::string& out, std::string_view text) {
    out += '\x81';
    if (text.size() < 126) {
        out += static_cast<char>(0x80 | text.size());
    } else {
        out += static_cast<char>(0x80 | 126);
        out += static_cast<char>(text.size() >> 8);
        out += static_cast<char>(text.size() & 0xff);
    }
    out.append(4, '\0');
    out += text;
}

void Client::send(std::string_view text) {
    std::string bytes;
    append_frame(bytes, text);
    send_raw(bytes);
}

void Client::send_raw(std::string_view bytes) {
    // Requests are small and answered before the next: a full socket would be a fault.
    if (tls_) {
        if (SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) !=
            static_cast<int>(bytes.size()))
            fail("the gateway does not take a request over TLS");
    } else if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
               static_cast<ssize_t>(bytes.size()))
        fail(fmt::format("the gateway does not take a request: {}", std::strerror(errno)));
}

void Client::get(std::string_view path) {
    send_raw(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
}

void Client::receive(std::string_view bytes, ClientEvents& events) {
    if (!partial_.empty()) {
        std::string all = std::move(partial_);
        partial_ = {};
        all += bytes;
        const std::size_t used = take(all, events);
        all.erase(0, used);
        partial_ = std::move(all);
        return;
    }
    const std::size_t used = take(bytes, events);
    if (used < bytes.size())
        partial_ = bytes.substr(used);
}

std::size_t Client::take(std::string_view bytes, ClientEvents& events) {
    std::size_t used = 0;
    while (used < bytes.size()) {
        const std::string_view rest = bytes.substr(used);
        const std::size_t size = kind_ == Kind::http || !upgraded_ ? take_response(rest, events)
                                                                   : take_frame(rest, events);
        if (size == 0)
            break;
        used += size;
    }
    return used;
}

std::size_t Client::take_response(std::string_view bytes, ClientEvents& events) {
    const std::size_t end = bytes.find(head_end);
    if (end == std::string_view::npos)
        return 0;
    const std::string_view head = bytes.substr(0, end);
    const std::size_t head_size = end + head_end.size();
    if (kind_ == Kind::websocket) {
        if (!head.starts_with("HTTP/1.1 101"))
            fail(fmt::format("no upgrade: {}", head));
        upgraded_ = true;
        events.on_open(*this);
        return head_size;
    }
    const auto length = content_length(head);
    if (!head.starts_with("HTTP/1.1 200") || !length)
        fail(fmt::format("unexpected response: {}", bytes));
    if (bytes.size() - head_size < *length)
        return 0;
    events.on_message(*this, bytes.substr(head_size, *length));
    return head_size + *length;
}

std::size_t Client::take_frame(std::string_view bytes, ClientEvents& events) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() < 2)
        return 0;
    std::size_t head = 2;
    std::size_t size = byte(1) & 0x7fU;
    if (size >= 126) {
        head = size == 126 ? 4 : 10;
        if (bytes.size() < head)
            return 0;
        size = 0;
        for (std::size_t i = 2; i < head; ++i)
            size = size << 8 | byte(i);
    }
    if (bytes.size() - head < size)
        return 0;
    if (byte(0) == 0x89)  // ping
        send_raw(std::string_view("\x8a\x80\0\0\0\0", 6));
    else if (byte(0) == 0x81)
        events.on_message(*this, bytes.substr(head, size));
    else
        fail(fmt::format("client {}: unexpected frame {:#x}", index_, byte(0)));
    return head + size;
}

Clients::Clients(net::EventLoop& loop, std::uint16_t port, Transport transport,
                 ClientEvents& events)
    : port_(port),
      tls_(transport == Transport::tls ? SSL_CTX_new(TLS_client_method()) : nullptr),
      events_(events),
      loop_(loop),
      scratch_(std::make_unique<char[]>(scratch_size)) {}

Clients::~Clients() {
    for (const auto& client : clients_) {
        if (client)
            ::close(client->socket_);
    }
}

Client& Clients::connect(Client::Kind kind) {
    const int socket = connect_to(port_);
    std::size_t index = clients_.size();
    if (free_.empty()) {
        clients_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    clients_[index].reset(new Client(*this, socket, index, kind));
    Client& client = *clients_[index];
    if (tls_) {
        client.tls_.reset(SSL_new(tls_.get()));
        SSL_set_fd(client.tls_.get(), socket);
        if (SSL_connect(client.tls_.get()) != 1)  // blocks: the load waits for the gateway
            fail("no TLS handshake with the gateway");
    }
    fcntl(socket, F_SETFL, O_NONBLOCK);
    using Interest = net::Poller::Interest;
    if (!loop_.poller().watch(socket, Interest::none, Interest::input, client))
        fail(fmt::format("cannot wait for a client: {}", std::strerror(errno)));
    if (kind == Client::Kind::websocket)
        client.send_raw(handshake);
    return client;
}

void Clients::disconnect(Client& client) {
    ::close(client.socket_);
    free_.push_back(client.index_);
    clients_[client.index_].reset();
}

void Clients::stop_reading(Client& client) {
    loop_.poller().forget(client.socket_);
    const int little = 4096;
    setsockopt(client.socket_, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
}

void Client::on_ready(bool, bool) {
    clients_.read(*this);
}

void Clients::read_tls(Client& client) {
    for (;;) {
        const int size = SSL_read(client.tls_.get(), scratch_.get(), scratch_size);
        if (size > 0)
            client.receive({scratch_.get(), static_cast<std::size_t>(size)}, events_);
        else if (SSL_get_error(client.tls_.get(), size) == SSL_ERROR_WANT_READ)
            return;
        else
            fail(fmt::format("the TLS connection of client {} ended", client.index()));
    }
}

void Clients::read(Client& client) {
    if (client.tls_)
        return read_tls(client);
    const ssize_t size = ::recv(client.socket_, scratch_.get(), scratch_size, 0);
    if (size > 0)
        client.receive({scratch_.get(), static_cast<std::size_t>(size)}, events_);
    else if (size == 0)
        fail(fmt::format("the gateway closed the connection of client {}", client.index()));
    else if (errno != EAGAIN && errno != EINTR)
        fail(fmt::format("client {}: {}", client.index(), std::strerror(errno)));
}

}  // namespace resgate::bench
