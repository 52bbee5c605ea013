#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace resgate::nats {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// Resolves a host and connects to the first of its addresses that accepts. One at a time; belongs
/// to the thread of its `io_context`.
class Dialer {
  public:
    using Callback = std::function<void(const boost::system::error_code& error, Socket&& socket)>;

    explicit Dialer(boost::asio::io_context& io);

    /// Calls `callback` once unless cancelled, never from within this call. There is no timeout.
    void dial(const std::string& host, std::uint16_t port, Callback callback);

    /// Gives up; the callback is not called. A name server that does not answer may still keep a
    /// thread of the `io_context` busy.
    void cancel();

  private:
    using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

    void connect(const Resolver::results_type& addresses, Callback callback);

    struct Attempt {};

    Resolver resolver_;
    Socket socket_;
    std::shared_ptr<Attempt> attempt_;  ///< handlers of an attempt given up find theirs gone
};

}  // namespace resgate::nats
