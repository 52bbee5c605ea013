#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "nats/connection.h"
#include "net/event_loop.h"

namespace resgate::bench {

/// The RES service of the load. It grants everything and knows
///
///     bench.model.<i>      a model of 200 bytes
///     bench.small.<i>      {"n":N}, where N counts the resets
///     bench.tree.<t>.<i>   200 models a tree; number i refers to 6i+1 ... 6i+6
///
/// Each has a method `do`.
class Service final : private nats::ConnectionEvents {
  public:
    static constexpr std::size_t tree_size = 200;
    static constexpr std::size_t branches = 6;

    /// `ready` is called once the subscriptions are made.
    Service(net::EventLoop& loop, std::uint16_t nats_port, std::function<void()> ready);

    /// Publishes a change of property `n` of `bench.model.<index>`, at the end of the turn or with
    /// the next `flush`. `padding`: bytes added as another property.
    void change(std::size_t index, std::uint64_t n, std::size_t padding);
    /// Counts up `n` of all small models and publishes a system.reset of them.
    void reset();

    void flush() { connection_->flush(); }

    /// Requests answered.
    std::uint64_t answered() const { return answered_; }

  private:
    void on_connected() override;
    void on_message(const nats::Message& message) override;

    void on_read_batch_end() override {}

    void on_server_error(std::string_view) override {}

    void on_closed(const std::string& reason) override;

    std::string_view get_reply(std::string_view subject);

    std::unique_ptr<nats::Connection> connection_;
    std::function<void()> ready_;
    std::string subject_;
    std::string text_;
    std::uint64_t resets_ = 0;
    std::uint64_t answered_ = 0;
};

/// The model of 200 bytes.
inline constexpr std::string_view model_text =
    R"({"n":0,"text":"A model of two hundred bytes in all, which is about what a row of a table )"
    R"(in a web page has to show","flag":true,"price":12.50,"unit":"EUR","tags":{"data":["a","b"]},)"
    R"("state":"in stock"})";
static_assert(model_text.size() == 200);

}  // namespace resgate::bench
