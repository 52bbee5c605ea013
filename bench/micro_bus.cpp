#include "bench/micro_bus.h"

#include <cstdlib>
#include <utility>

#include <benchmark/benchmark.h>

#include "bench/micro_texts.h"

namespace resgate::bench {

Core::Core() {
    cache::Bus& bus = *this;
    cache::LoopPort& loops = *this;
    cache::HubPort& hub = *this;
    hub_ = std::make_unique<cache::Hub>(bus, timers_, log_, once_log_, loops, 1, cache::Settings());
    sessions_ = std::make_unique<session::Sessions>(
        0, hub, log_, once_log_,
        [this] { return random_state_ = random_state_ * 1664525 + 1013904223; }, 0, 0);
    hub_->start();
}

Core::~Core() = default;

CoreClient& Core::connect() {
    clients_.push_back(std::make_unique<CoreClient>(*this));
    clients_.back()->ask(R"({"id":1,"method":"version","params":{"protocol":"1.2.3"}})");
    return *clients_.back();
}

void Core::publish(const std::string& subject, std::string_view payload) {
    const std::string without_event = subject.substr(0, subject.rfind('.') + 1);
    subscribers_.at(without_event)->on_message(subject, payload);
    pump();
}

void Core::pump() {
    while (!to_hub_.empty() || !asked_.empty() || !to_loop_.empty()) {
        while (!to_hub_.empty()) {
            cache::HubCommand command = std::move(to_hub_.front());
            to_hub_.pop_front();
            hub_->handle(0, std::move(command));
        }
        while (!asked_.empty()) {
            Asked asked = std::move(asked_.front());
            asked_.pop_front();
            asked.done({cache::Outcome::Kind::reply, std::string(asked.reply)});
        }
        while (!to_loop_.empty()) {
            cache::LoopMessage message = std::move(to_loop_.front());
            to_loop_.pop_front();
            sessions_->handle({&message, 1});
        }
    }
}

TimerId Core::ManualTimers::start(std::chrono::milliseconds, std::function<void()> action) {
    running_.emplace(++last_, std::move(action));
    return TimerId{last_};
}

void Core::ManualTimers::cancel(TimerId timer) {
    running_.erase(static_cast<std::uint64_t>(timer));
}

void Core::ManualTimers::fire_all() {
    for (auto& [timer, action] : std::exchange(running_, {}))
        action();
}

void Core::subscribe(std::string_view subject, Subscriber& subscriber) {
    subscribers_[std::string(subject.substr(0, subject.rfind('.') + 1))] = &subscriber;
    subscriber.set_subscription(SubscriptionId{++last_subscription_});
}

void Core::unsubscribe(std::string_view subject, Subscriber& subscriber) {
    subscribers_.erase(std::string(subject.substr(0, subject.rfind('.') + 1)));
    subscriber.set_subscription(SubscriptionId::none);
}

void Core::request(cache::RequestType type, std::string_view, std::string_view payload,
                   std::chrono::milliseconds, Done&& done) {
    benchmark::DoNotOptimize(payload.data());
    std::string_view reply = texts::call_reply;
    if (type == cache::RequestType::get)
        reply = texts::get_reply;
    else if (type == cache::RequestType::access)
        reply = texts::access_reply;
    asked_.push_back({reply, std::move(done)});
}

void Core::post(cache::LoopIndex, cache::LoopMessage&& message) {
    to_loop_.push_back(std::move(message));
}

void Core::post(cache::HubCommand&& command) {
    to_hub_.push_back(std::move(command));
}

CoreClient::CoreClient(Core& core) : core_(core), session_(&core.sessions().open(this, {})) {
    session_->become_websocket();
}

void CoreClient::send(FramePtr message) {
    benchmark::DoNotOptimize(message->wire().data());
    ++received;
}

void CoreClient::ask(std::string_view message) {
    const std::size_t before = received;
    session_->on_message(message);
    core_.pump();
    if (received != before + 1)
        std::abort();
}

}  // namespace resgate::bench
