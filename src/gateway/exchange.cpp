#include "gateway/exchange.h"

#include <memory>
#include <utility>

namespace resgate::gateway {

namespace {

/// Room kept for the next turn, in messages.
constexpr std::size_t kept_room = 1024;

template <typename Message>
void give_back_room(std::vector<Message>& taken) {
    if (taken.capacity() > kept_room)
        taken = {};
}

}  // namespace

Exchange::Exchange(net::EventLoop& hub_loop) : hub_loop_(hub_loop) {
    hub_loop_.at_end_of_turn([this] { end_of_hub_turn(); });
}

cache::HubPort& Exchange::add(net::EventLoop& loop,
                              std::function<void(cache::LoopMessage&&)> receive) {
    const auto index = static_cast<cache::LoopIndex>(sides_.size());
    sides_.push_back(std::make_unique<Side>());
    sides_.back()->loop = &loop;
    sides_.back()->receive = std::move(receive);
    if (&loop != &hub_loop_)
        loop.at_end_of_turn([this, index] { end_of_loop_turn(index); });
    return *sides_.back();
}

void Exchange::post(cache::LoopIndex loop, cache::LoopMessage&& message) {
    sides_[loop]->to_loop.push_back(std::move(message));
}

void Exchange::carry_out(cache::LoopIndex from, std::vector<cache::HubCommand>& commands) {
    for (cache::HubCommand& command : commands)
        hub_->handle(from, std::move(command));
    commands.clear();
}

void Exchange::hand_over(const Side& to, std::vector<cache::LoopMessage>& messages) {
    for (cache::LoopMessage& message : messages)
        to.receive(std::move(message));
    messages.clear();
}

void Exchange::end_of_hub_turn() {
    for (const auto& side : sides_) {
        if (side->loop == &hub_loop_) {
            // Each may cause the other; it ends, as every answer of a service takes a turn.
            while (!side->to_hub.empty() || !side->to_loop.empty()) {
                commands_.swap(side->to_hub);
                carry_out(static_cast<cache::LoopIndex>(&side - sides_.data()), commands_);
                messages_.swap(side->to_loop);
                hand_over(*side, messages_);
            }
            give_back_room(commands_);
            give_back_room(messages_);
        } else if (!side->to_loop.empty()) {
            auto batch =
                std::make_shared<std::vector<cache::LoopMessage>>(std::exchange(side->to_loop, {}));
            side->loop->post([to = side.get(), batch] { hand_over(*to, *batch); });
        }
    }
}

void Exchange::end_of_loop_turn(cache::LoopIndex index) {
    Side& side = *sides_[index];
    if (side.to_hub.empty())
        return;
    auto batch = std::make_shared<std::vector<cache::HubCommand>>(std::exchange(side.to_hub, {}));
    hub_loop_.post([this, index, batch] { carry_out(index, *batch); });
}

}  // namespace resgate::gateway
