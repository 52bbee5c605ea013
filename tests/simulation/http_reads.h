#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "simulation/services.h"

namespace resgate::simulation {

/// Requests of the HTTP API, each with a pseudo connection of its own ([HTTP-80]): they are made,
/// given up, and checked to be answered once, with a graph that is complete.
class HttpReads {
  public:
    HttpReads(Core& core, std::size_t loops, Services& services, Dice& dice)
        : core_(core), loops_(loops), services_(services), dice_(dice) {}

    /// Makes a request, or gives one up before it is answered.
    void act();
    /// Ends the connections of those that were answered. Not to be called by a handler.
    void end_answered();
    void end_all();

    std::size_t unanswered() const;

    std::size_t made() const { return made_; }

  private:
    struct Read {
        session::Sessions* sessions;
        session::Session* session;
        bool answered = false;
    };

    static void answer(Read& read);
    static void check_graph(const session::Subscription& root);
    void end(std::size_t index);

    Core& core_;
    const std::size_t loops_;
    Services& services_;
    Dice& dice_;
    std::vector<std::unique_ptr<Read>> reads_;
    std::size_t made_ = 0;
};

}  // namespace resgate::simulation
