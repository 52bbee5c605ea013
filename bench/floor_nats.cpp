#include "bench/floor_nats.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace resgate::bench {

namespace {

constexpr std::size_t read_size = 262144;
constexpr std::string_view line_end = "\r\n";

}  // namespace

void floor_failure(std::string_view reason) {
    std::fprintf(stderr, "floor: %.*s\n", static_cast<int>(reason.size()), reason.data());
    std::exit(1);
}

FloorNats::FloorNats(std::uint16_t port, std::string_view name)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      inbox_("_INBOX." + std::string(name) + ".") {
    input_.resize(read_size);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        floor_failure("no NATS server");
    await("INFO ");
    output_ =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
        "\"name\":\"floor\"}\r\nSUB " +
        inbox_ + "* 1\r\nSUB system.reset 2\r\nPING\r\n";
    flush();
    await("PONG");
}

void FloorNats::await(std::string_view line) {
    const ssize_t size = recv(socket_, input_.data(), input_.size(), 0);
    if (size <= 0 || !std::string_view(input_).starts_with(line))
        floor_failure("not what the NATS server should say");
}

std::uint64_t FloorNats::subscribe(std::string_view subject) {
    output_ += "SUB ";
    output_ += subject;
    output_ += ' ';
    output_ += std::to_string(++last_sid_);
    output_ += line_end;
    return last_sid_;
}

void FloorNats::request(std::string_view subject, std::string_view payload, std::size_t slot) {
    output_ += "PUB ";
    output_ += subject;
    output_ += ' ';
    output_ += inbox_;
    output_ += std::to_string(slot);
    output_ += ' ';
    output_ += std::to_string(payload.size());
    output_ += line_end;
    output_ += payload;
    output_ += line_end;
}

void FloorNats::publish(std::string_view subject, std::string_view payload) {
    output_ += "PUB ";
    output_ += subject;
    output_ += ' ';
    output_ += std::to_string(payload.size());
    output_ += line_end;
    output_ += payload;
    output_ += line_end;
}

std::string_view FloorNats::receive() {
    if (input_.size() - kept_ < read_size / 2)
        input_.resize(input_.size() * 2);
    const ssize_t size = recv(socket_, input_.data() + kept_, input_.size() - kept_, MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EAGAIN))
        floor_failure("the NATS server has gone");
    return std::string_view(input_).substr(0,
                                           kept_ + (size > 0 ? static_cast<std::size_t>(size) : 0));
}

void FloorNats::keep(std::string_view rest) {
    std::memmove(input_.data(), rest.data(), rest.size());
    kept_ = rest.size();
}

std::size_t FloorNats::next(std::string_view bytes, Message& message) {
    message.sid = 0;
    const std::size_t line = bytes.find(line_end);
    if (line == std::string_view::npos)
        return 0;
    if (!bytes.starts_with("MSG ")) {
        if (bytes.starts_with("PING"))
            output_ += "PONG\r\n";
        else if (!bytes.starts_with("PONG") && !bytes.starts_with("INFO"))
            floor_failure(bytes.substr(0, line));
        return line + line_end.size();
    }
    const std::size_t subject_end = bytes.find(' ', 4);
    const std::size_t size_at = bytes.rfind(' ', line) + 1;
    std::size_t size = 0;
    std::from_chars(bytes.data() + size_at, bytes.data() + line, size);
    const std::size_t begin = line + line_end.size();
    if (bytes.size() < begin + size + line_end.size())
        return 0;
    message.subject = bytes.substr(4, subject_end - 4);
    const auto sid =
        std::from_chars(bytes.data() + subject_end + 1, bytes.data() + line, message.sid);
    const auto sid_end = static_cast<std::size_t>(sid.ptr - bytes.data()) + 1;
    message.reply =
        sid_end < size_at ? bytes.substr(sid_end, size_at - 1 - sid_end) : std::string_view();
    message.payload = bytes.substr(begin, size);
    return begin + size + line_end.size();
}

void FloorNats::flush() {
    std::size_t written = 0;
    while (written < output_.size()) {
        const ssize_t size = send(socket_, output_.data() + written, output_.size() - written,
                                  MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) {
            written += static_cast<std::size_t>(size);
            continue;
        }
        if (errno != EAGAIN)
            floor_failure("the NATS server has gone");
        pollfd ready{socket_, POLLOUT, 0};
        poll(&ready, 1, -1);
    }
    output_.clear();
}

}  // namespace resgate::bench
