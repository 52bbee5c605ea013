#pragma once

#include "base/frame.h"

namespace resgate {

/// Where frames for somebody go: a connection, or a test. For the thread of its loop.
class FrameSink {
  public:
    /// Queues a frame that holds one text message. Must not call back into the sender.
    virtual void send(FramePtr frame) = 0;

    /// More is held back for the receiver than may be: it is ended like one that does not read
    /// ([LMT-15]), once the sender has returned to its loop. Harmless when repeated.
    virtual void give_up() = 0;

    /// What the sender keeps for the receiver has become less, without a frame that says so
    /// ([LMT-11]).
    virtual void relieve() = 0;

  protected:
    ~FrameSink() = default;
};

}  // namespace resgate
