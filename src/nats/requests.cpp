#include "nats/requests.h"

#include <array>
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
/// Memory of requests that are over is kept for so many others: some 150 KB.
constexpr std::size_t max_spare = 1024;

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
    pending_.clear_and_dispose([this](Pending* pending) {
        timers_.cancel(pending->timer);
        delete pending;
    });
}

Requests::Pending& Requests::add(Callback&& callback) {
    if (spare_.empty()) {
        spare_.push_back(std::make_unique<Pending>());
    }
    Pending& pending = *spare_.back().release();
    spare_.pop_back();
    pending.token = ++last_token_;
    pending.callback = std::move(callback);
    pending.unless_answered = Outcome::Kind::timeout;
    pending_.insert(pending);
    return pending;
}

void Requests::request(std::string_view subject, std::string_view payload,
                       std::chrono::milliseconds timeout, Callback&& callback) {
    Pending& pending = add(std::move(callback));
    reply_subject_.assign(inbox_);
    append_token(reply_subject_, pending.token);
    const SendStatus status = publisher_.publish(subject, reply_subject_, payload);
    if (status == SendStatus::sent) {
        if (log_.enabled(LogLevel::trace)) {
            trace("<== ", pending.token,
                  std::string(" ").append(subject).append(": ").append(payload));
        }
        start_timer(pending, timeout);
    } else {
        pending.unless_answered = outcome_of(status);
        start_timer(pending, std::chrono::milliseconds(0));
    }
}

void Requests::receive(const Message& message) {
    if (!message.subject.starts_with(inbox_)) {
        return;
    }
    const auto token = parse_token(message.subject.substr(inbox_.size()));
    Pending* const pending = token ? pending_.find(*token) : nullptr;
    // What was never sent has no reply; whoever claims otherwise guessed the token.
    if (pending == nullptr || pending->unless_answered != Outcome::Kind::timeout) {
        return;
    }
    if (message.status == status_no_responders && message.payload.empty()) {
        trace("x=> ", *token, " No responders");
        finish(*pending, {Outcome::Kind::no_responders, {}});
        return;
    }
    if (log_.enabled(LogLevel::trace)) {
        trace("==> ", *token, std::string(": ").append(message.payload));
    }
    if (!res::is_pre_response(message.payload)) {
        finish(*pending, {Outcome::Kind::reply, message.payload});
        return;
    }
    const auto timeout = res::requested_timeout(message.payload);
    if (!timeout) {
        return;
    }
    timers_.cancel(pending->timer);
    if (timeout->count() > 0) {
        start_timer(*pending, *timeout);
    } else {
        timer_fired(*pending);
    }
}

void Requests::start_timer(Pending& pending, std::chrono::milliseconds delay) {
    pending.timer = timers_.start(delay, [this, &pending] { timer_fired(pending); });
}

void Requests::timer_fired(Pending& pending) {
    pending.timer = TimerId::none;
    const Outcome::Kind kind = pending.unless_answered;
    if (kind == Outcome::Kind::timeout) {
        trace("x=> ", pending.token, " Request timeout");
    }
    finish(pending, {kind, {}});
}

void Requests::finish(Pending& pending, Outcome&& outcome) {
    // The request is over before anybody hears of it: the callback may make the next one.
    pending_.erase(pending);
    std::unique_ptr<Pending> ended(&pending);
    timers_.cancel(ended->timer);
    ended->callback(std::move(outcome));
    ended->callback = {};
    if (spare_.size() < max_spare) {
        spare_.push_back(std::move(ended));
    }
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
