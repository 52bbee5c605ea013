#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "cache/hub.h"
#include "cache/messages.h"
#include "net/event_loop.h"
#include "session/sessions.h"

namespace resgate::gateway {

/// Carries messages between the hub and the loops that own sessions: what one side posts during a
/// turn crosses at its end, as one batch with one wake-up. If both live on the same loop, that is a
/// plain call. The only place where the RES core crosses threads.
class Exchange final : public cache::LoopPort {
  public:
    explicit Exchange(net::EventLoop& hub_loop);

    /// The hub to hand commands to; before the loops run.
    void connect(cache::Hub& hub) { hub_ = &hub; }

    /// Adds a loop, whose index is the number of loops added before; before the loops run. The
    /// returned port is the loop's way to the hub; `receive` gets what the hub has for it, on its
    /// thread.
    cache::HubPort& add(net::EventLoop& loop, std::function<void(cache::LoopMessage&&)> receive);

    void post(cache::LoopIndex loop, cache::LoopMessage&& message) override;

  private:
    struct Side final : cache::HubPort {
        void post(cache::HubCommand&& command) override { to_hub.push_back(std::move(command)); }

        net::EventLoop* loop = nullptr;
        std::function<void(cache::LoopMessage&&)> receive;
        std::vector<cache::HubCommand> to_hub;    ///< the loop's thread
        std::vector<cache::LoopMessage> to_loop;  ///< the hub's thread
    };

    void carry_out(cache::LoopIndex from, std::vector<cache::HubCommand>& commands);
    static void hand_over(const Side& to, std::vector<cache::LoopMessage>& messages);
    void end_of_hub_turn();
    void end_of_loop_turn(cache::LoopIndex index);

    net::EventLoop& hub_loop_;
    cache::Hub* hub_ = nullptr;
    std::vector<std::unique_ptr<Side>> sides_;
    // What is being handed over within the hub's loop; members to keep their memory.
    std::vector<cache::HubCommand> commands_;
    std::vector<cache::LoopMessage> messages_;
};

}  // namespace resgate::gateway
