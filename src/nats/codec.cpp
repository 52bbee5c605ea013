#include "nats/codec.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <optional>

namespace resgate::nats {

namespace {

constexpr std::string_view line_end = "\r\n";
/// A tail that grew beyond this is not kept for the next one.
constexpr std::size_t kept_tail_capacity = 65536;

template <typename Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || at != end) {
        return std::nullopt;
    }
    return value;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Operation names are case-insensitive; `name` is in lower case.
bool is_operation(std::string_view word, std::string_view name) {
    return std::equal(word.begin(), word.end(), name.begin(), name.end(),
                      [](char a, char b) { return lower(a) == b; });
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// Takes the next word off the front of `line`; empty if there is none.
std::string_view take_word(std::string_view& line) {
    const char* begin = line.data();
    const char* const line_end_at = begin + line.size();
    while (begin != line_end_at && is_blank(*begin)) {
        ++begin;
    }
    const char* end = begin;
    while (end != line_end_at && !is_blank(*end)) {
        ++end;
    }
    line = std::string_view(end, static_cast<std::size_t>(line_end_at - end));
    return {begin, static_cast<std::size_t>(end - begin)};
}

std::string_view trimmed(std::string_view text, std::string_view what) {
    const std::size_t begin = text.find_first_not_of(what);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(what) - begin + 1);
}

/// The status of a header block that begins "NATS/1.0 503"; 0 if it has none.
unsigned status_of(std::string_view headers) {
    constexpr std::string_view version = "NATS/1.0";
    if (!headers.starts_with(version)) {
        return 0;
    }
    headers.remove_prefix(version.size());
    headers = headers.substr(0, headers.find('\r'));
    return number<unsigned>(take_word(headers)).value_or(0);
}

std::size_t digits(std::uint64_t number) {
    std::size_t count = 1;
    while (number >= 10) {
        number /= 10;
        ++count;
    }
    return count;
}

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    out.append(text.data(), end);
}

}  // namespace

bool Parser::feed(std::string_view bytes) {
    while (!tail_.empty() && !bytes.empty() && running()) {
        bytes.remove_prefix(complete_tail(bytes));
    }
    if (running() && !bytes.empty()) {
        bytes.remove_prefix(consume(bytes));
        if (running()) {
            tail_.assign(bytes);
        }
    }
    return failure_.empty();
}

/// Adds to the tail what it lacks and no more. Returns how much that was.
std::size_t Parser::complete_tail(std::string_view bytes) {
    std::size_t taken = bytes.size();
    if (expected_ != 0) {
        taken = std::min(taken, expected_ - tail_.size());
    } else if (const std::size_t newline = bytes.find('\n'); newline != std::string_view::npos) {
        taken = newline + 1;
    }
    tail_.append(bytes.substr(0, taken));
    const bool worth_a_look = expected_ != 0 ? tail_.size() == expected_ : tail_.back() == '\n';
    if (!worth_a_look) {
        if (expected_ == 0 && tail_.size() > max_line_size) {
            malformed("line too long");
        }
        return taken;
    }
    const std::size_t consumed = consume(tail_);
    if (consumed != 0) {
        assert(consumed == tail_.size() || !running());
        tail_.clear();
        if (tail_.capacity() > kept_tail_capacity) {
            tail_.shrink_to_fit();
        }
    }
    return taken;
}

/// Consumes whole items. Returns their size; less than given if the rest is incomplete.
std::size_t Parser::consume(std::string_view bytes) {
    std::size_t consumed = 0;
    expected_ = 0;
    while (consumed < bytes.size() && running()) {
        const std::size_t size = consume_item(bytes.substr(consumed));
        if (size == 0) {
            break;
        }
        consumed += size;
    }
    return consumed;
}

/// Consumes one item. Returns its size, 0 if it is incomplete or malformed.
std::size_t Parser::consume_item(std::string_view bytes) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) {
        return bytes.size() > max_line_size ? malformed("line too long") : 0;
    }
    if (newline >= max_line_size) {
        return malformed("line too long");
    }
    if (newline == 0 || bytes[newline - 1] != '\r') {
        return malformed("line without carriage return");
    }
    const std::size_t size = newline + 1;
    std::string_view line = bytes.substr(0, newline - 1);
    if (line.empty()) {
        return size;
    }
    const std::string_view operation = take_word(line);
    if (is_operation(operation, "msg")) {
        return consume_message(bytes, size, line, false);
    }
    if (is_operation(operation, "hmsg")) {
        return consume_message(bytes, size, line, true);
    }
    if (is_operation(operation, "ping")) {
        events_.on_ping();
    } else if (is_operation(operation, "pong")) {
        events_.on_pong();
    } else if (is_operation(operation, "info")) {
        events_.on_info(trimmed(line, " \t"));
    } else if (is_operation(operation, "-err")) {
        events_.on_error(trimmed(line, " \t'"));
    } else if (!is_operation(operation, "+ok")) {
        return malformed("unknown operation");
    }
    return size;
}

/// `MSG <subject> <sid> [reply] <size>` and `HMSG <subject> <sid> [reply] <header size> <size>`:
/// `line` is what follows the operation.
std::size_t Parser::consume_message(std::string_view bytes, std::size_t line_size,
                                    std::string_view line, bool has_headers) {
    std::array<std::string_view, 5> words;
    std::size_t count = 0;
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
        if (count == words.size()) {
            return malformed("message line with too many arguments");
        }
        words[count++] = word;
    }
    const std::size_t sizes = has_headers ? 2 : 1;
    if (count != 2 + sizes && count != 3 + sizes) {
        return malformed("message line with a wrong number of arguments");
    }
    const auto sid = number<Sid>(words[1]);
    const auto size = number<std::size_t>(words[count - 1]);
    const auto header_size = has_headers ? number<std::size_t>(words[count - 2]) : 0;
    if (!sid || !size || !header_size || *header_size > *size) {
        return malformed("message line with a bad number");
    }
    if (*size > max_payload_) {
        return malformed("payload too large");
    }
    const std::size_t whole = line_size + *size + line_end.size();
    if (bytes.size() < whole) {
        expected_ = whole;
        return 0;
    }
    if (bytes.substr(line_size + *size, line_end.size()) != line_end) {
        return malformed("payload without line end");
    }
    Message message;
    message.subject = words[0];
    message.sid = *sid;
    message.reply = count == 3 + sizes ? words[2] : std::string_view();
    message.headers = bytes.substr(line_size, *header_size);
    message.payload = bytes.substr(line_size + *header_size, *size - *header_size);
    message.status = has_headers ? status_of(message.headers) : 0;
    events_.on_message(message);
    return whole;
}

std::size_t Parser::malformed(std::string_view why) {
    failure_ = why;
    return 0;
}

std::size_t publish_line_size(std::string_view subject, std::string_view reply,
                              std::size_t payload_size) {
    const std::size_t reply_size = reply.empty() ? 0 : reply.size() + 1;
    return std::string_view("PUB ").size() + subject.size() + 1 + reply_size +
           digits(payload_size) + line_end.size();
}

std::size_t subscribe_line_size(std::string_view subject, Sid sid) {
    return std::string_view("SUB ").size() + subject.size() + 1 + digits(sid) + line_end.size();
}

void append_connect(std::string& out, std::string_view options) {
    out.append("CONNECT ").append(options).append(line_end);
}

void append_publish(std::string& out, std::string_view subject, std::string_view reply,
                    std::string_view payload) {
    out.append("PUB ").append(subject).push_back(' ');
    if (!reply.empty()) {
        out.append(reply).push_back(' ');
    }
    append_number(out, payload.size());
    out.append(line_end).append(payload).append(line_end);
}

void append_subscribe(std::string& out, std::string_view subject, Sid sid) {
    out.append("SUB ").append(subject).push_back(' ');
    append_number(out, sid);
    out.append(line_end);
}

void append_unsubscribe(std::string& out, Sid sid) {
    out.append("UNSUB ");
    append_number(out, sid);
    out.append(line_end);
}

void append_ping(std::string& out) {
    out.append("PING\r\n");
}

void append_pong(std::string& out) {
    out.append("PONG\r\n");
}

}  // namespace resgate::nats
