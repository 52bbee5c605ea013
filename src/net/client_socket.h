#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/uio.h>

#include "net/file_descriptor.h"
#include "net/poller.h"

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
    explicit ClientSocket(FileDescriptor socket);

    /// Reads what is there. Fewer bytes than `room` means that nothing more is there now.
    IoResult read(std::span<char> room);

    IoResult write(std::span<const iovec> pieces);

    /// Tells the peer that nothing more will come.
    void shutdown_write();

    void close();

    /// What `who` waits for from now on, and is told of by the loop's poller. False if the system
    /// refuses.
    bool watch(Poller& poller, Poller::Interest interest, Pollable& who);

  private:
    FileDescriptor descriptor_;
    Poller::Interest interest_ = Poller::Interest::none;
};

}  // namespace resgate::net
