#pragma once

#include <array>
#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

namespace resgate::net {

/// Somebody who waits for a descriptor.
class Pollable {
  public:
    /// `input`: there is something to read, be it the end of the stream or an error. `output`:
    /// there is room to write, or writing will show an error. Comes again, each turn, as long as
    /// that is so and is waited for. If only the loss is, this comes once and says both.
    virtual void on_ready(bool input, bool output) = 0;

  protected:
    ~Pollable() = default;
};

/// Waits for descriptors by the thousands, for one event loop and on its thread.
///
/// An epoll set of our own, which the loop's `io_context` watches as a single descriptor. To wait
/// for each descriptor there would cost some 280 bytes a descriptor and a system call each time;
/// here it costs neither ([decision 7](docs/decisions/0007-own-poller.md)).
class Poller {
  public:
    /// `none`: not told to the poller yet. `loss`: only whether the peer goes away.
    enum class Interest : std::uint8_t { none, input, output, both, loss };

    explicit Poller(boost::asio::io_context& context);

    /// From now on `who` is told what it waits for. No system call if nothing changes. False if the
    /// system refuses; the interest is as before then. `now` is not `none`: closing the descriptor
    /// ends all interest in it. Who is interested must live to the end of the turn of that.
    bool watch(int descriptor, Interest before, Interest now, Pollable& who);

    /// The turn has ended: what is ready from now on is told of in the next one.
    void arm();

  private:
    static constexpr std::size_t events_per_turn = 256;

    void tell();

    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> set_;
    bool armed_ = false;
    std::array<epoll_event, events_per_turn> events_{};
};

}  // namespace resgate::net
