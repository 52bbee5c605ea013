#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "nats/connection.h"

namespace resgate::bench {

/// A service that grants everything and knows one model, `bench.model`, whose property `n` it can
/// change, and any number of models `bench.item.<i>`.
class Service final : private nats::ConnectionEvents {
  public:
    Service(boost::asio::io_context& io, std::uint16_t nats_port, std::function<void()> ready);

    /// Publishes a change event that sets `n`.
    void change(std::uint64_t n);

    /// Requests answered so far.
    std::uint64_t answered() const { return answered_; }

    void close() { connection_->close(); }

  private:
    void on_connected() override;
    void on_message(const nats::Message& message) override;

    void on_read_batch_end() override {}

    void on_server_error(std::string_view) override {}

    void on_closed(const std::string& reason) override;

    std::function<void()> ready_;
    std::unique_ptr<nats::Connection> connection_;
    std::uint64_t answered_ = 0;
    std::string text_;
};

}  // namespace resgate::bench
