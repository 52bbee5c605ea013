#pragma once

#include <array>
#include <cstdint>

#include <sys/epoll.h>

#include "net/file_descriptor.h"

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
/// The epoll set of the loop, and the only thing that it waits for: one system call a turn, however
/// many descriptors are ready ([decision 7](docs/decisions/0007-own-poller.md)).
class Poller {
  public:
    /// `none`: not told to the poller yet. `loss`: only whether the peer goes away.
    enum class Interest : std::uint8_t { none, input, output, both, loss };

    Poller();

    /// From now on `who` is told what it waits for. No system call if nothing changes. False if the
    /// system refuses; the interest is as before then. `now` is not `none`: closing the descriptor
    /// ends all interest in it. Who is interested must live until `tell` after that.
    bool watch(int descriptor, Interest before, Interest now, Pollable& who);

    /// Ends all interest in a descriptor that stays open.
    void forget(int descriptor);

    /// Waits until something is ready; at most so many milliseconds, without end if negative.
    /// Meanwhile others may use the other functions.
    void wait(int milliseconds);

    /// Tells each who waited for what the last `wait` found.
    void tell();

    /// Ends `wait`, or the next one. Any thread.
    void interrupt();

    /// Readable for the poller of another loop as long as `wait` would find something.
    int descriptor() const { return set_.get(); }

  private:
    static constexpr std::size_t events_per_turn = 256;

    FileDescriptor set_;
    FileDescriptor interruption_;
    std::array<epoll_event, events_per_turn> found_{};
    std::size_t found_count_ = 0;
};

}  // namespace resgate::net
