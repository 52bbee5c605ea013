#pragma once

#include <span>

#include <sys/uio.h>

#include "net/io_result.h"

namespace resgate::net {

/// Reads what has arrived on a non-blocking socket.
IoResult receive_from(int socket, std::span<char> room);

/// Writes as much as a non-blocking socket takes. Never raises SIGPIPE.
IoResult send_to(int socket, std::span<const iovec> pieces);

}  // namespace resgate::net
