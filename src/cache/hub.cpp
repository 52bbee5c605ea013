#include "cache/hub.h"

#include <memory>
#include <utility>
#include <variant>

#include "res/service_message.h"

namespace resgate::cache {

namespace {

constexpr std::string_view system_subject = "system.*";
constexpr std::string_view connection_subject = "conn.*.*";

}  // namespace

Hub::Hub(Bus& bus, Timers& timers, Log& log, OnceLog& once_log, LoopPort& loops,
         LoopIndex loop_count, const Settings& settings)
    : context_{bus,
               timers,
               log,
               once_log,
               loops,
               entries_,
               loop_count,
               settings,
               Throttles(settings.reset_throttle),
               Throttles(settings.reference_throttle)} {}

void Hub::start() {
    context_.bus.subscribe(system_subject, system_events_);
    context_.bus.subscribe(connection_subject, connection_events_);
}

Hub::~Hub() {
    if (system_events_.is_subscribed())
        context_.bus.unsubscribe(system_subject, system_events_);
    if (connection_events_.is_subscribed())
        context_.bus.unsubscribe(connection_subject, connection_events_);
}

void Hub::handle(LoopIndex loop, HubCommand&& command) {
    std::visit([&](auto& one) { carry_out(loop, std::move(one)); }, command);
}

Entry& Hub::entry(std::string_view name) {
    return entries_.find_or_create(context_, name);
}

void Hub::carry_out(LoopIndex loop, Attach&& command) {
    entry(command.name).attach(loop, std::move(command));
}

void Hub::carry_out(LoopIndex loop, Detach&& command) {
    // A deleted resource has given its uses back already ([ENT-3]).
    if (Entry* const owner = context_.place(command.resource).entry)
        owner->detach(loop, command.resource);
}

void Hub::carry_out(LoopIndex loop, TakeSnapshot&& command) {
    if (Entry* const owner = context_.place(command.resource).entry)
        owner->take_snapshot(loop, command);
}

void Hub::carry_out(LoopIndex loop, ServiceRequest&& command) {
    if (command.kind != RequestKind::token_reset)
        return entry(command.name()).request(loop, command);
    // [SYS-10], [SYS-11], [ENT-3]: nobody waits for the reply, and it is no use of an entry.
    context_.bus.request(
        RequestType::auth, command.subject(), command.payload(), context_.settings.request_timeout,
        [&log = context_.log, subject = std::string(command.subject())](Outcome&& outcome) {
            if (outcome.kind == Outcome::Kind::timeout)
                log.error("Token reset request on " + subject + " timed out");  // [LOG-13]
        });
}

void Hub::carry_out(LoopIndex loop, QueueRecheck&& command) {
    context_.reset_throttles.run(command.reset, [&loops = context_.loops, loop, command] {
        loops.post(loop, ThrottleTurn{command.reset, command.subscription});
    });
}

void Hub::carry_out(LoopIndex, ThrottlePass&& command) {
    context_.reset_throttles.settle(command.reset);
}

void Hub::SystemEvents::on_message(std::string_view subject, std::string_view payload) {
    if (subject == "system.reset")
        hub.system_reset(payload);
    else if (subject == "system.tokenReset")
        hub.token_reset(payload);
}

/// [COE-1], [DEC-11]: events for connections of other gateways are ignored without a trace.
void Hub::ConnectionEvents::on_message(std::string_view subject, std::string_view payload) {
    constexpr std::string_view prefix = "conn.";
    constexpr std::string_view event = ".token";
    if (!subject.ends_with(event))
        return;
    const auto cid =
        Cid::from(subject.substr(prefix.size(), subject.size() - prefix.size() - event.size()));
    if (cid && cid->loop() < hub.context_.loop_count)
        hub.context_.loops.post(cid->loop(), TokenMessage{*cid, std::string(payload)});
}

void Hub::system_reset(std::string_view payload) {
    auto reset = res::decode_system_reset(payload);
    if (!reset) {
        context_.log.error("Invalid system.reset: " + reset.error().message);  // [LOG-11]
        return;
    }
    // [THR-2]: each reset has its own budget, shared by its gets and re-checks ([SYS-6]).
    const ThrottleId budget = context_.reset_throttles.limited() ? ++last_reset_ : 0;
    for (Entry& entry : entries_) {
        if (res::matches_any(reset->resources, entry.name()))
            entry.reset(budget);
    }
    if (!reset->access.empty())
        reset_access(std::move(reset->access), budget);
}

void Hub::reset_access(std::vector<res::Pattern>&& access, ThrottleId budget) {
    const auto patterns = std::make_shared<const std::vector<res::Pattern>>(std::move(access));
    std::shared_ptr<std::unordered_set<std::string>> locked;
    for (Entry& entry : entries_) {
        if (!entry.is_locked() || !res::matches_any(*patterns, entry.name()))
            continue;
        if (!locked)
            locked = std::make_shared<std::unordered_set<std::string>>();
        locked->insert(std::string(entry.name()));
        entry.reset_access(budget);
    }
    for (LoopIndex loop = 0; loop < context_.loop_count; ++loop)
        context_.loops.post(loop, AccessReset{patterns, locked, budget});
}

void Hub::token_reset(std::string_view payload) {
    auto reset = res::decode_token_reset(payload);
    if (!reset) {
        context_.log.error("Invalid system.tokenReset: " + reset.error().message);  // [LOG-12]
        return;
    }
    if (reset->tids.empty())
        return;
    const auto tids = std::make_shared<const std::vector<std::string>>(std::move(reset->tids));
    for (LoopIndex loop = 0; loop < context_.loop_count; ++loop)
        context_.loops.post(loop, TokenResetMessage{tids, reset->subject});
}

}  // namespace resgate::cache
