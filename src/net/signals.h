#pragma once

#include <functional>
#include <initializer_list>

#include "net/file_descriptor.h"
#include "net/poller.h"

namespace resgate::net {

class EventLoop;

/// Turns signals into calls on a loop's thread. Belongs to that thread; may be constructed before
/// the loop runs.
class Signals final : private Pollable {
  public:
    /// From now on these signals only cause `call`, in a turn of the loop. They are blocked for the
    /// calling thread and those it starts later, so this comes before other threads. `loop`
    /// outlives it. Throws if the system refuses.
    Signals(EventLoop& loop, std::initializer_list<int> signals, std::function<void()> call);

  private:
    void on_ready(bool input, bool output) override;

    FileDescriptor descriptor_;
    std::function<void()> call_;
};

}  // namespace resgate::net
