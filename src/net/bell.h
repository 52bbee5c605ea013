#pragma once

#include "net/file_descriptor.h"

namespace resgate::net {

/// Wakes a thread that waits for nothing else.
class Bell {
  public:
    Bell();

    /// Ends `wait`, or the next one. Any thread.
    void ring();

    /// Waits until it rings, at most so many milliseconds. One thread.
    void wait(int milliseconds);

  private:
    FileDescriptor event_;
};

}  // namespace resgate::net
