#pragma once

#include <cstddef>
#include <span>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/uio.h>

#include "net/file_descriptor.h"

namespace resgate::net {

/// How an attempt to read or write ended.
struct IoResult {
    enum class Status : std::uint8_t {
        done,         ///< `size` bytes were transferred
        would_block,  ///< nothing now; wait for readiness
        end,          ///< the peer has ended its stream
        failed,
    };

    Status status;
    std::size_t size = 0;
};

/// The byte stream of a client: the one place that knows how bytes reach the wire. Non-blocking;
/// loop thread.
class ClientSocket {
  public:
    using Descriptor =
        boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

    ClientSocket(boost::asio::io_context& context, FileDescriptor socket);

    /// Reads what is there. Fewer bytes than `room` means that nothing more is there now.
    IoResult read(std::span<char> room);

    IoResult write(std::span<const iovec> pieces);

    /// Tells the peer that nothing more will come.
    void shutdown_write();

    void close();

    /// `handler(boost::system::error_code)`, which `close` makes come with an error.
    template <typename Handler>
    void when_readable(Handler handler) {
        descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read, std::move(handler));
    }

    template <typename Handler>
    void when_writable(Handler handler) {
        descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_write, std::move(handler));
    }

  private:
    Descriptor descriptor_;
};

}  // namespace resgate::net
