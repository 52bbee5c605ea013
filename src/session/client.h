#pragma once

#include "base/frame.h"

namespace resgate::session {

/// The client's end of a session: where its messages go. Implemented by the WebSocket side and by
/// tests; the session's loop calls it.
class Client {
  public:
    /// Queues one text message, one JSON text each ([CLI-1]). Must not call back into the session.
    virtual void send(FramePtr message) = 0;

  protected:
    ~Client() = default;
};

}  // namespace resgate::session
