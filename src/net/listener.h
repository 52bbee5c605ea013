#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/timers.h"
#include "net/file_descriptor.h"
#include "net/poller.h"

namespace resgate::net {

class Clients;
class EventLoop;

/// A listening socket ([OPS-10]) that deals out accepted sockets in turn.
///
/// Belongs to the thread of `loop`; `targets` (on any loops) outlive it.
class Listener final : private Pollable {
  public:
    Listener(EventLoop& loop, std::vector<Clients*> targets);
    ~Listener();

    /// Binds and listens. `address` is `""`, `0.0.0.0` or `::` for all addresses, else a numeric
    /// address; port 0 takes any free one. The error is the text of [OPS-6]:
    /// `listen tcp <addr>:<port>: bind: address already in use`. Before the loop runs, or on its
    /// thread.
    std::optional<std::string> start(const std::string& address, std::uint16_t port);

    /// The port that is listened on; of use when `start` was given 0.
    std::uint16_t port() const { return port_; }

    /// Stops accepting; connections go on. Harmless when repeated.
    void stop();

  private:
    void on_ready(bool input, bool output) override;
    bool watch(Poller::Interest interest);
    bool shed_connection();
    void pause();

    EventLoop& loop_;
    std::vector<Clients*> targets_;
    std::size_t next_ = 0;
    FileDescriptor socket_;
    Poller::Interest interest_ = Poller::Interest::none;
    FileDescriptor spare_;  ///< given up for a moment when descriptors run out
    TimerId resume_ = TimerId::none;
    std::uint16_t port_ = 0;
};

}  // namespace resgate::net
