#include "nats/requests.h"

#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "res/pre_response.h"

namespace resgate::nats {

namespace {

constexpr std::string_view alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t inbox_size = 22;
/// Tokens are at least as long as the tag of [OPS-63], so that a tag names one request.
constexpr std::size_t tag_size = 6;
/// Ten digits stay below 2^64 and are never reached.
constexpr std::size_t max_token_size = 10;

void append_token(std::string& out, std::uint64_t token) {
    std::array<char, max_token_size> digits;
    std::size_t begin = digits.size();
    for (; token != 0 || digits.size() - begin < tag_size; token /= alphabet.size()) {
        digits[--begin] = alphabet[token % alphabet.size()];
    }
    out.append(digits.data() + begin, digits.size() - begin);
}

std::optional<std::uint64_t> parse_token(std::string_view text) {
    if (text.size() < tag_size || text.size() > max_token_size ||
        (text.size() > tag_size && text.front() == alphabet.front())) {
        return std::nullopt;
    }
    std::uint64_t token = 0;
    for (const char c : text) {
        std::uint64_t digit = 0;
        if (c >= '0' && c <= '9') {
            digit = static_cast<std::uint64_t>(c - '0');
        } else if (c >= 'A' && c <= 'Z') {
            digit = static_cast<std::uint64_t>(c - 'A' + 10);
        } else if (c >= 'a' && c <= 'z') {
            digit = static_cast<std::uint64_t>(c - 'a' + 36);
        } else {
            return std::nullopt;
        }
        token = token * alphabet.size() + digit;
    }
    return token;
}

Outcome::Kind outcome_of(SendStatus status) {
    switch (status) {
        case SendStatus::subject_too_long:
            return Outcome::Kind::subject_too_long;
        case SendStatus::payload_too_large:
            return Outcome::Kind::payload_too_large;
        case SendStatus::sent:
        case SendStatus::invalid_subject:
        case SendStatus::closed:
            break;
    }
    return Outcome::Kind::not_sent;
}

}  // namespace

std::string new_inbox(const Random& random) {
    std::string inbox = "_INBOX.";
    const std::size_t size = inbox.size() + inbox_size;
    while (inbox.size() < size) {
        // Six bits at a time; the two values that are no digit are drawn again.
        const std::uint32_t bits = random();
        for (int shift = 0; shift < 30 && inbox.size() < size; shift += 6) {
            if (const std::uint32_t digit = (bits >> shift) & 63U; digit < alphabet.size()) {
                inbox.push_back(alphabet[digit]);
            }
        }
    }
    return inbox;
}

Requests::Requests(Publisher& publisher, Timers& timers, Log& log, std::string inbox)
    : publisher_(publisher), timers_(timers), log_(log), inbox_(std::move(inbox) + ".") {}

Requests::~Requests() {
    for (const auto& [token, pending] : pending_) {
        timers_.cancel(pending.timer);
    }
}

void Requests::request(std::string_view subject, std::string_view payload,
                       std::chrono::milliseconds timeout, Callback callback) {
    const Token token = ++last_token_;
    reply_subject_.assign(inbox_);
    append_token(reply_subject_, token);
    const SendStatus status = publisher_.publish(subject, reply_subject_, payload);

    Pending& pending = pending_[token];
    pending.callback = std::move(callback);
    if (status == SendStatus::sent) {
        if (log_.enabled(LogLevel::trace)) {
            trace("<== ", token, std::string(" ").append(subject).append(": ").append(payload));
        }
        start_timer(token, pending, timeout);
    } else {
        pending.unless_answered = outcome_of(status);
        start_timer(token, pending, std::chrono::milliseconds(0));
    }
}

void Requests::receive(const Message& message) {
    if (!message.subject.starts_with(inbox_)) {
        return;
    }
    const auto token = parse_token(message.subject.substr(inbox_.size()));
    const auto found = token ? pending_.find(*token) : pending_.end();
    // What was never sent has no reply; whoever claims otherwise guessed the token.
    if (found == pending_.end() || found->second.unless_answered != Outcome::Kind::timeout) {
        return;
    }
    if (message.status == status_no_responders && message.payload.empty()) {
        trace("x=> ", *token, " No responders");
        finish(found, {Outcome::Kind::no_responders, {}});
        return;
    }
    if (log_.enabled(LogLevel::trace)) {
        trace("==> ", *token, std::string(": ").append(message.payload));
    }
    if (!res::is_pre_response(message.payload)) {
        finish(found, {Outcome::Kind::reply, message.payload});
        return;
    }
    const auto timeout = res::requested_timeout(message.payload);
    if (!timeout) {
        return;
    }
    timers_.cancel(found->second.timer);
    if (timeout->count() > 0) {
        start_timer(*token, found->second, *timeout);
    } else {
        timer_fired(*token);
    }
}

void Requests::start_timer(Token token, Pending& pending, std::chrono::milliseconds delay) {
    pending.timer = timers_.start(delay, [this, token] { timer_fired(token); });
}

void Requests::timer_fired(Token token) {
    const auto found = pending_.find(token);
    assert(found != pending_.end());
    found->second.timer = TimerId::none;
    const Outcome::Kind kind = found->second.unless_answered;
    if (kind == Outcome::Kind::timeout) {
        trace("x=> ", token, " Request timeout");
    }
    finish(found, {kind, {}});
}

void Requests::finish(std::unordered_map<Token, Pending>::iterator found, Outcome&& outcome) {
    // The request is over before anybody hears of it: the callback may make the next one.
    const auto node = pending_.extract(found);
    timers_.cancel(node.mapped().timer);
    node.mapped().callback(std::move(outcome));
}

void Requests::trace(std::string_view arrow, Token token, std::string_view text) {
    if (!log_.enabled(LogLevel::trace)) {
        return;
    }
    std::string tag;
    append_token(tag, token);
    std::string line(arrow);
    line.append("(").append(std::string_view(tag).substr(tag.size() - tag_size)).append(")");
    log_.trace(line.append(text));
}

}  // namespace resgate::nats
