#include "gateway/exchange.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <variant>

namespace resgate::gateway {

namespace {

/// Room kept for the next turn, in messages.
constexpr std::size_t kept_room = 1024;

/// So many messages that concern one client each are handled in the time that waking up a thread
/// takes.
constexpr std::size_t few_messages = 16;

/// Whether handling it takes a time that does not depend on how many clients there are.
bool concerns_one_client(const cache::LoopMessage& message) {
    return std::holds_alternative<cache::ServiceReply>(message) ||
           std::holds_alternative<cache::Loaded>(message) ||
           std::holds_alternative<cache::LoadFailed>(message) ||
           std::holds_alternative<cache::Snapshot>(message) ||
           std::holds_alternative<cache::ThrottleTurn>(message) ||
           std::holds_alternative<cache::TokenMessage>(message);
}

bool is_brief(const std::vector<cache::HubCommand>& commands) {
    return commands.size() <= few_messages;
}

/// A loop rests while there is little to do: then more than a few do not last either.
bool is_brief(const std::vector<cache::LoopMessage>& messages, const net::EventLoop& loop) {
    return (messages.size() <= few_messages || loop.rests()) &&
           std::ranges::all_of(messages, concerns_one_client);
}

/// Has `loop` make the call, in a visit if that is brief.
template <typename Call>
void post_call(net::EventLoop& loop, bool brief, Call call) {
    if (brief)
        loop.post_brief(std::move(call));
    else
        loop.post(std::move(call));
}

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
                              std::function<void(std::span<cache::LoopMessage>)> receive) {
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
    to.receive(messages);
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
            const bool brief = is_brief(side->to_loop, *side->loop);
            if (side->messages.put(side->to_loop))
                post_call(*side->loop, brief, [to = side.get()] { take_messages(*to); });
        }
    }
}

void Exchange::end_of_loop_turn(cache::LoopIndex index) {
    Side& side = *sides_[index];
    if (side.to_hub.empty())
        return;
    const bool brief = is_brief(side.to_hub);
    // A pointer and nothing else, so that the call is posted without an allocation.
    if (side.commands.put(side.to_hub))
        post_call(hub_loop_, brief, [from = &side] { from->exchange->take_commands(*from); });
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
