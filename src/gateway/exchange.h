#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "cache/hub.h"
#include "cache/messages.h"
#include "net/event_loop.h"
#include "session/sessions.h"

namespace resgate::gateway {

/// Carries messages between the hub and the loops that own sessions: what one side posts during a
/// turn crosses at its end, as one batch with at most one wake-up, and without an allocation: the
/// sides swap vectors. If both live on the same loop, that is a plain call. The only place where
/// the RES core crosses threads.
class Exchange final : public cache::LoopPort {
  public:
    explicit Exchange(net::EventLoop& hub_loop);

    /// The hub to hand commands to; before the loops run.
    void connect(cache::Hub& hub) { hub_ = &hub; }

    /// Adds a loop, whose index is the number of loops added before; before the loops run. The
    /// returned port is the loop's way to the hub; `receive` gets what the hub has for it, on its
    /// thread.
    cache::HubPort& add(net::EventLoop& loop,
                        std::function<void(std::span<cache::LoopMessage>)> receive);

    void post(cache::LoopIndex loop, cache::LoopMessage&& message) override;

  private:
    /// One direction between two threads. Order is kept.
    template <typename Message>
    class Crossing {
      public:
        /// Hands over what is in `messages` and leaves it empty. True if the other side is to be
        /// told: if it has taken all that was handed over before.
        bool put(std::vector<Message>& messages);
        /// Takes everything; `messages` must be empty.
        void take(std::vector<Message>& messages);

      private:
        std::mutex mutex_;
        std::vector<Message> messages_;  ///< guarded by `mutex_`
    };

    struct Side final : cache::HubPort {
        void post(cache::HubCommand&& command) override { to_hub.push_back(std::move(command)); }

        net::EventLoop* loop = nullptr;
        cache::LoopIndex index = 0;
        Exchange* exchange = nullptr;
        std::function<void(std::span<cache::LoopMessage>)> receive;

        // The loop's thread.
        std::vector<cache::HubCommand> to_hub;
        std::vector<cache::LoopMessage> arrived;  ///< to keep its memory

        std::vector<cache::LoopMessage> to_loop;  ///< the hub's thread

        Crossing<cache::HubCommand> commands;
        Crossing<cache::LoopMessage> messages;
    };

    void carry_out(cache::LoopIndex from, std::vector<cache::HubCommand>& commands);
    static void hand_over(const Side& to, std::vector<cache::LoopMessage>& messages);
    void take_commands(Side& from);
    static void take_messages(Side& to);
    void end_of_hub_turn();
    void end_of_loop_turn(cache::LoopIndex index);

    net::EventLoop& hub_loop_;
    cache::Hub* hub_ = nullptr;
    std::vector<std::unique_ptr<Side>> sides_;
    // What the hub is being handed, and hands over within its loop; members to keep their memory.
    std::vector<cache::HubCommand> commands_;
    std::vector<cache::LoopMessage> messages_;
};

}  // namespace resgate::gateway
