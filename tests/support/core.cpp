#include "support/core.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "nats/codec.h"

namespace resgate::test {

namespace {

constexpr std::string_view inbox = "_INBOX.core";

/// Whether a NATS subject matches a subscription, of whose wildcards only `*` is used here.
bool matches(std::string_view pattern, std::string_view subject) {
    while (!pattern.empty() && !subject.empty()) {
        const auto token = pattern.substr(0, pattern.find('.'));
        const auto part = subject.substr(0, subject.find('.'));
        if (token != "*" && token != part)
            return false;
        pattern.remove_prefix(std::min(pattern.size(), token.size() + 1));
        subject.remove_prefix(std::min(subject.size(), part.size() + 1));
    }
    return pattern.empty() && subject.empty();
}

/// Parses what the core wrote, which must not name a member twice ([SET-3]).
Json parse_distinct(std::string_view text) {
    using Event = Json::parse_event_t;
    std::vector<std::set<std::string>> objects;
    return Json::parse(text, [&](int, Event event, Json& parsed) {
        if (event == Event::object_start) {
            objects.emplace_back();
        } else if (event == Event::object_end) {
            objects.pop_back();
        } else if (event == Event::key) {
            EXPECT_TRUE(objects.back().insert(parsed.get<std::string>()).second)
                << parsed << " twice in " << text;
        }
        return true;
    });
}

}  // namespace

std::size_t RecordingLog::take_errors() {
    const auto all = std::count_if(lines.begin(), lines.end(),
                                   [](const auto& line) { return line.first == LogLevel::error; });
    return static_cast<std::size_t>(all) - std::exchange(counted_, static_cast<std::size_t>(all));
}

TestClient::TestClient(Core& core, std::size_t loop, std::string handshake)
    : core_(core),
      sessions_(core.sessions(loop)),
      session_(&sessions_.open(this, {Text(handshake), false, nullptr})) {}

void TestClient::send(FramePtr message) {
    last_text_ = message->payload();
    messages_.push_back(parse_distinct(last_text_));
}

void TestClient::say(std::string_view text) {
    session_->on_message(text);
    if (core_.automatic)
        core_.pump();
}

std::uint64_t TestClient::request(std::string_view method, std::optional<std::string> params) {
    const std::uint64_t id = ++last_id_;
    Json message = {{"id", id}, {"method", method}};
    std::string text = message.dump();
    if (params)
        text.insert(text.size() - 1, R"(,"params":)" + *params);
    say(text);
    return id;
}

void TestClient::disconnect() {
    sessions_.close(*std::exchange(session_, nullptr));
    if (core_.automatic)
        core_.pump();
}

Json TestClient::next() {
    if (messages_.empty()) {
        ADD_FAILURE() << "no message for the client";
        return nullptr;
    }
    Json message = std::move(messages_.front());
    messages_.pop_front();
    return message;
}

void TestClient::expect(std::string_view json) {
    EXPECT_EQ(next(), Json::parse(json));
}

void TestClient::expect_result(std::uint64_t id, std::string_view result) {
    EXPECT_EQ(next(), Json({{"result", Json::parse(result)}, {"id", id}}));
}

void TestClient::expect_error(std::uint64_t id, std::string_view code) {
    const Json message = next();
    ASSERT_TRUE(message.is_object() && message.contains("error")) << message;
    EXPECT_EQ(message["error"]["code"], code);
    EXPECT_TRUE(message["error"]["message"].is_string());
    EXPECT_EQ(message["id"], id);
    EXPECT_FALSE(message.contains("result"));
}

void TestClient::expect_event(std::string_view event, std::string_view data) {
    EXPECT_EQ(next(), Json({{"event", event}, {"data", Json::parse(data)}}));
}

void TestClient::expect_nothing() {
    EXPECT_TRUE(messages_.empty()) << messages_.front();
    messages_.clear();
}

Core::Core(Options options) : requests_(*this, timers_, log, std::string(inbox)) {
    const auto count = static_cast<cache::LoopIndex>(options.loops);
    cache::Bus& bus = *this;
    cache::LoopPort& loops = *this;
    hub_ =
        std::make_unique<cache::Hub>(bus, timers_, log, once_log_, loops, count, options.settings);
    for (cache::LoopIndex i = 0; i < count; ++i) {
        auto loop = std::make_unique<Loop>();
        loop->sessions = std::make_unique<session::Sessions>(
            i, *loop, log, once_log_,
            [this] { return random_state_ = random_state_ * 1664525 + 1013904223; },
            options.max_subscriptions, options.max_held_bytes);
        loops_.push_back(std::move(loop));
    }
    hub_->start();
}

Core::~Core() = default;

TestClient& Core::connect(std::string version, std::size_t loop) {
    auto& clients = loops_[loop]->clients;
    clients.push_back(std::make_unique<TestClient>(
        *this, loop,
        R"("header":{"User-Agent":["x"]},"host":"h:8080","remoteAddr":"10.0.0.9:5123","uri":"/")"));
    TestClient& client = *clients.back();
    if (!version.empty()) {
        const auto id = client.request("version", R"({"protocol":")" + version + R"("})");
        client.expect_result(id, R"({"protocol":"1.2.3"})");
    } else if (automatic) {
        pump();
    }
    return client;
}

ServiceCall Core::take(std::string_view subject) {
    const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const ServiceCall& call) {
        return call.subject == subject;
    });
    if (found == calls_.end()) {
        ADD_FAILURE() << "no request on " << subject << ", but " << Json(pending_subjects()).dump();
        return {};
    }
    ServiceCall call = std::move(*found);
    calls_.erase(found);
    return call;
}

std::vector<std::string> Core::pending_subjects() const {
    std::vector<std::string> subjects;
    for (const ServiceCall& call : calls_)
        subjects.push_back(call.subject);
    return subjects;
}

void Core::expect_no_request() {
    EXPECT_TRUE(calls_.empty()) << Json(pending_subjects()).dump();
    calls_.clear();
}

void Core::reply(const ServiceCall& call, std::string_view payload) {
    nats::Message message;
    message.subject = call.reply_subject;
    message.payload = payload;
    requests_.receive(message);
    if (automatic)
        pump();
}

void Core::reply_no_responders(const ServiceCall& call) {
    nats::Message message;
    message.subject = call.reply_subject;
    message.status = nats::status_no_responders;
    requests_.receive(message);
    if (automatic)
        pump();
}

void Core::answer(std::string_view subject, std::string_view payload) {
    const ServiceCall call = take(subject);
    if (!call.reply_subject.empty())
        reply(call, payload);
}

void Core::serve(std::string_view name, std::string_view result) {
    answer("access." + std::string(name), granted);
    answer("get." + std::string(name), result);
}

void Core::publish(std::string_view subject, std::string_view payload) {
    std::vector<SubscriptionId> receivers;
    for (const auto& [id, subscribed] : subscribed_) {
        if (matches(subscribed.subject, subject))
            receivers.push_back(id);
    }
    std::string text(payload);
    sanitize_utf8(text);
    for (const SubscriptionId id : receivers) {
        if (const auto found = subscribed_.find(id); found != subscribed_.end())
            found->second.subscriber->on_message(subject, text);
    }
    if (automatic)
        pump();
}

void Core::advance(std::chrono::milliseconds duration) {
    if (automatic)
        pump();
    timers_.advance(duration);
    if (automatic)
        pump();
}

std::set<std::string> Core::event_subscriptions() const {
    std::set<std::string> subjects;
    for (const auto& [id, subscribed] : subscribed_) {
        if (subscribed.subject.starts_with("event."))
            subjects.insert(subscribed.subject);
    }
    return subjects;
}

bool Core::pump_to_loop(std::size_t loop) {
    auto& queue = loops_[loop]->to_loop;
    if (queue.empty())
        return false;
    cache::LoopMessage message = std::move(queue.front());
    queue.pop_front();
    loops_[loop]->sessions->handle({&message, 1});
    return true;
}

bool Core::pump_all_to_loop(std::size_t loop) {
    auto& queue = loops_[loop]->to_loop;
    if (queue.empty())
        return false;
    std::vector<cache::LoopMessage> messages(std::move_iterator(queue.begin()),
                                             std::move_iterator(queue.end()));
    queue.clear();
    loops_[loop]->sessions->handle(messages);
    return true;
}

bool Core::pump_to_hub(std::size_t loop) {
    auto& queue = loops_[loop]->to_hub;
    if (queue.empty())
        return false;
    cache::HubCommand command = std::move(queue.front());
    queue.pop_front();
    hub_->handle(static_cast<cache::LoopIndex>(loop), std::move(command));
    return true;
}

void Core::pump() {
    for (bool busy = true; busy;) {
        busy = timers_.run_due() > 0;
        for (std::size_t loop = 0; loop < loops_.size(); ++loop) {
            while (pump_to_hub(loop))
                busy = true;
        }
        for (std::size_t loop = 0; loop < loops_.size(); ++loop) {
            while (pump_all_to_loop(loop))
                busy = true;
        }
    }
}

void Core::subscribe(std::string_view subject, Subscriber& subscriber) {
    const nats::Sid sid = ++last_subscription_;
    if (nats::subscribe_line_size(subject, sid) > Limits::nats_control_line)
        return;
    const auto id = static_cast<SubscriptionId>(sid);
    subscribed_.emplace(id, Subscribed{std::string(subject), &subscriber});
    subscriber.set_subscription(id);
}

void Core::unsubscribe(std::string_view subject, Subscriber& subscriber) {
    const auto found = subscribed_.find(subscriber.subscription());
    ASSERT_NE(found, subscribed_.end());
    EXPECT_EQ(found->second.subject, subject);
    subscribed_.erase(found);
    subscriber.set_subscription(SubscriptionId::none);
}

void Core::request(cache::RequestType type, std::string_view subject, std::string_view payload,
                   std::chrono::milliseconds timeout, Done&& done) {
    ++requests_made[type];
    auto finish = [done = std::move(done)](nats::Outcome&& outcome) mutable {
        cache::Outcome translated;
        // Both enumerations list the same outcomes in the same order.
        translated.kind = static_cast<cache::Outcome::Kind>(outcome.kind);
        translated.payload = outcome.payload;
        sanitize_utf8(translated.payload);
        done(std::move(translated));
    };
    requests_.request(subject, payload, timeout, std::move(finish));
}

void Core::post(cache::LoopIndex loop, cache::LoopMessage&& message) {
    loops_[loop]->to_loop.push_back(std::move(message));
}

nats::SendStatus Core::publish(std::string_view subject, std::string_view reply,
                               std::string_view payload) {
    if (nats::publish_line_size(subject, reply, payload.size()) > Limits::nats_control_line)
        return nats::SendStatus::subject_too_long;
    if (payload.size() > max_payload)
        return nats::SendStatus::payload_too_large;
    calls_.push_back(
        {std::string(subject), parse_distinct(payload), std::string(reply), std::string(payload)});
    return nats::SendStatus::sent;
}

std::string model(std::string_view json) {
    return R"({"result":{"model":)" + std::string(json) + "}}";
}

std::string collection(std::string_view json) {
    return R"({"result":{"collection":)" + std::string(json) + "}}";
}

}  // namespace resgate::test
