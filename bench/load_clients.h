#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace resgate::bench {

/// A WebSocket client that subscribes one rid and checks that the values of `n` it is told of count
/// up from 1 without a gap.
class Client {
  public:
    /// `subscribed` is called when the answer to the subscribe has arrived, `event` after each
    /// event. Exits the program when something is not as it must be.
    Client(boost::asio::io_context& io, std::uint16_t port, const std::string& rid,
           std::function<void()> subscribed, std::function<void()> event);

    std::uint64_t last_value() const { return last_value_; }

  private:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                    boost::asio::io_context::executor_type>;

    void shake_hands(const std::string& rid);
    void wait();
    void read();
    void take_frames();
    void on_message(std::string_view text);

    Socket socket_;
    std::function<void()> subscribed_;
    std::function<void()> event_;
    std::string input_;
    std::uint64_t last_value_ = 0;
    bool upgraded_ = false;
};

}  // namespace resgate::bench
