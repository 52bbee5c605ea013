#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace resgate::net {

class Clients;
class EventLoop;

/// A listening socket ([OPS-10]) that deals out accepted sockets in turn.
///
/// Lives on the thread of `loop`; `targets` (on any loops) outlive it.
class Listener {
  public:
    Listener(EventLoop& loop, std::vector<Clients*> targets);
    ~Listener();

    /// Binds and listens. `address` is `""`, `0.0.0.0` or `::` for all addresses, else a numeric
    /// address; port 0 takes any free one. The error is the text of [OPS-6]:
    /// `listen tcp <addr>:<port>: bind: address already in use`. Before the loop runs, or on its
    /// thread.
    std::optional<std::string> start(const std::string& address, std::uint16_t port);

    /// The port that is listened on.
    std::uint16_t port() const;

    /// Stops accepting; connections go on. Harmless when repeated.
    void stop();
};

}  // namespace resgate::net
