#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "base/result.h"
#include "net/file_descriptor.h"
#include "net/poller.h"

namespace resgate::net {

class EventLoop;

}  // namespace resgate::net

namespace resgate::nats {

/// Why there is no connection.
struct DialFailure {
    bool refused = false;  ///< somebody is there, but nobody listens
    std::string message;
};

/// Resolves a host and connects to the first of its addresses that accepts. One at a time; belongs
/// to the thread of its loop, which outlives it.
class Dialer final : private net::Pollable {
  public:
    using Callback = std::function<void(Result<net::FileDescriptor, DialFailure>&& socket)>;

    explicit Dialer(net::EventLoop& loop) : loop_(loop) {}

    ~Dialer() { cancel(); }

    /// Calls `callback` once with a non-blocking socket or the failure, unless cancelled, and never
    /// from within this call. There is no timeout.
    void dial(const std::string& host, std::uint16_t port, Callback callback);

    /// Gives up; the callback is not called. A name server that does not answer may still keep a
    /// thread busy, which touches nothing of ours any more.
    void cancel();

  private:
    struct Address {
        sockaddr_storage storage;
        socklen_t size;
    };

    struct Resolution;

    struct Attempt {};

    void resolve(const std::string& host, const std::string& service);
    void on_ready(bool input, bool output) override;
    void on_resolved();
    void connect_next();
    void end(Result<net::FileDescriptor, DialFailure>&& socket);

    net::EventLoop& loop_;
    Callback callback_;
    std::shared_ptr<Resolution> resolution_;  ///< under way
    std::vector<Address> addresses_;
    std::size_t next_address_ = 0;
    int error_ = 0;                     ///< of the address tried last
    net::FileDescriptor socket_;        ///< connecting
    std::shared_ptr<Attempt> attempt_;  ///< what was posted for one given up finds it gone
};

}  // namespace resgate::nats
