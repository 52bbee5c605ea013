#include "bench/load_service.h"

#include <cstdlib>
#include <random>

#include <fmt/format.h>

#include "nats/server_address.h"

namespace resgate::bench {

Service::Service(boost::asio::io_context& io, std::uint16_t nats_port, std::function<void()> ready)
    : ready_(std::move(ready)) {
    nats::ConnectionOptions options;
    options.servers = *nats::parse_servers(fmt::format("nats://127.0.0.1:{}", nats_port));
    options.client_name = "load";
    nats::ConnectionEvents& events = *this;
    connection_ = std::make_unique<nats::Connection>(
        io, std::move(options), [] { return std::random_device()(); }, events);
    connection_->start();
}

void Service::on_connected() {
    for (const char* subject : {"get.bench.>", "access.bench.>", "call.bench.>"}) {
        if (!connection_->subscribe(subject))
            std::abort();
    }
    ready_();
}

void Service::on_message(const nats::Message& message) {
    std::string_view answer = R"({"result":{"get":true,"call":"*"}})";
    if (message.subject.starts_with("get."))
        answer = R"({"result":{"model":{"n":0,"text":"A model of some two hundred bytes in all, )"
                 R"(which is about what a row of a table in a web page has to show",)"
                 R"("flag":true,"price":12.50,"tags":{"data":["a","b","c"]}}}})";
    else if (message.subject.starts_with("call."))
        answer = R"({"result":null})";
    connection_->publish(message.reply, {}, answer);
    ++answered_;
}

void Service::on_closed(const std::string& reason) {
    if (reason.empty())
        return;
    fmt::print(stderr, "service lost its connection: {}\n", reason);
    std::exit(1);
}

void Service::change(std::uint64_t n) {
    text_ = fmt::format(R"({{"values":{{"n":{}}}}})", n);
    connection_->publish("event.bench.model.change", {}, text_);
}

}  // namespace resgate::bench
