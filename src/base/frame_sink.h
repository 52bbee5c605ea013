#pragma once

#include "base/frame.h"

namespace resgate {

/// Where frames for somebody go: a connection, or a test. For the thread of its loop.
class FrameSink {
  public:
    /// Queues a frame that holds one text message. Must not call back into the sender.
    virtual void send(FramePtr frame) = 0;

  protected:
    ~FrameSink() = default;
};

}  // namespace resgate
