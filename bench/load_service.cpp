#include "bench/load_service.h"

#include <charconv>
#include <cstdlib>
#include <iterator>
#include <random>

#include <fmt/format.h>

#include "bench/load_clients.h"
#include "nats/server_address.h"

namespace resgate::bench {

namespace {

constexpr std::string_view granted = R"({"result":{"get":true,"call":"*"}})";
constexpr std::string_view ready_subject = "bench.ready";
constexpr std::string_view done = R"({"result":{"ok":true}})";

std::size_t number_at_end(std::string_view subject) {
    std::size_t number = 0;
    const std::size_t at = subject.rfind('.') + 1;
    std::from_chars(subject.data() + at, subject.data() + subject.size(), number);
    return number;
}

}  // namespace

Service::Service(net::EventLoop& loop, std::uint16_t nats_port, std::function<void()> ready)
    : ready_(std::move(ready)) {
    nats::ConnectionOptions options;
    options.servers = *nats::parse_servers(fmt::format("nats://127.0.0.1:{}", nats_port));
    options.client_name = "load";
    nats::ConnectionEvents& events = *this;
    connection_ = std::make_unique<nats::Connection>(
        loop, std::move(options), [] { return std::random_device()(); }, events);
    connection_->start();
}

void Service::on_connected() {
    for (const std::string_view subject :
         {std::string_view("get.bench.>"), std::string_view("access.bench.>"),
          std::string_view("call.bench.>"), ready_subject}) {
        if (!connection_->subscribe(subject))
            std::abort();
    }
    // What comes back has come after the subscriptions: nobody finds no responder from then on.
    connection_->publish(ready_subject, {}, {});
}

void Service::on_message(const nats::Message& message) {
    if (message.subject == ready_subject)
        return ready_();
    std::string_view answer = done;
    if (message.subject.starts_with("get."))
        answer = get_reply(message.subject);
    else if (message.subject.starts_with("access."))
        answer = granted;
    connection_->publish(message.reply, {}, answer);
    ++answered_;
}

std::string_view Service::get_reply(std::string_view subject) {
    text_ = R"({"result":{"model":)";
    const std::string_view kind = subject.substr(std::string_view("get.bench.").size());
    if (kind.starts_with("model.")) {
        text_ += model_text;
    } else if (kind.starts_with("small.")) {
        fmt::format_to(std::back_inserter(text_), R"({{"n":{}}})", resets_);
    } else {
        const std::string_view tree = subject.substr(4, subject.rfind('.') - 4);
        const std::size_t index = number_at_end(subject);
        fmt::format_to(std::back_inserter(text_), R"({{"n":{},"title":"Node {}")", index, index);
        for (std::size_t i = index * branches + 1; i <= index * branches + branches; ++i) {
            if (i < tree_size)
                fmt::format_to(std::back_inserter(text_), R"(,"{}":{{"rid":"{}.{}"}})", i, tree, i);
        }
        text_ += '}';
    }
    text_ += "}}";
    return text_;
}

void Service::on_closed(const std::string& reason) {
    if (!reason.empty())
        fail("the service lost its connection: " + reason);
}

void Service::change(std::size_t index, std::uint64_t n, std::size_t padding) {
    subject_ = fmt::format("event.bench.model.{}.change", index);
    text_ = fmt::format(R"({{"values":{{"n":{})", n);
    if (padding > 0) {
        fmt::format_to(std::back_inserter(text_), R"(,"text":"{:08})", n);
        text_.append(padding, 'x');
        text_ += '"';
    }
    text_ += "}}";
    connection_->publish(subject_, {}, text_);
}

void Service::reset() {
    ++resets_;
    connection_->publish("system.reset", {}, R"({"resources":["bench.small.>"]})");
}

}  // namespace resgate::bench
