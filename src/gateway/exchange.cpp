#include "gateway/exchange.h"

#include <iterator>
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

template <typename Message>
bool Exchange::Crossing<Message>::put(std::vector<Message>& messages) {
    const std::lock_guard lock(mutex_);
    if (messages_.empty()) {
        messages_.swap(messages);
        return true;
    }
    std::move(messages.begin(), messages.end(), std::back_inserter(messages_));
    messages.clear();
    return false;
}

template <typename Message>
void Exchange::Crossing<Message>::take(std::vector<Message>& messages) {
    const std::lock_guard lock(mutex_);
    messages_.swap(messages);
}

Exchange::Exchange(net::EventLoop& hub_loop) : hub_loop_(hub_loop) {
    hub_loop_.at_end_of_turn([this] { end_of_hub_turn(); });
}

cache::HubPort& Exchange::add(net::EventLoop& loop,
                              std::function<void(cache::LoopMessage&&)> receive) {
    const auto index = static_cast<cache::LoopIndex>(sides_.size());
    sides_.push_back(std::make_unique<Side>());
    sides_.back()->loop = &loop;
    sides_.back()->index = index;
    sides_.back()->exchange = this;
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
            if (side->messages.put(side->to_loop))
                side->loop->post([to = side.get()] { take_messages(*to); });
        }
    }
}

void Exchange::end_of_loop_turn(cache::LoopIndex index) {
    Side& side = *sides_[index];
    if (side.to_hub.empty())
        return;
    // A pointer and nothing else, so that the call is posted without an allocation.
    if (side.commands.put(side.to_hub))
        hub_loop_.post([from = &side] { from->exchange->take_commands(*from); });
}

void Exchange::take_commands(Side& from) {
    from.commands.take(commands_);
    carry_out(from.index, commands_);
    give_back_room(commands_);
}

void Exchange::take_messages(Side& to) {
    to.messages.take(to.arrived);
    hand_over(to, to.arrived);
    give_back_room(to.arrived);
}

}  // namespace resgate::gateway
