#include "session/session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "res/rid.h"
#include "res/service_request.h"
#include "session/sessions.h"
#include "ws/codec.h"

namespace resgate::session {

FramePtr EventFrames::variant(const Rid& rid, bool legacy) {
    for (const Variant& variant : variants_) {
        if (variant.rid == &rid && variant.legacy == legacy)
            return variant.frame;
    }
    FrameBuilder builder;
    res::append_event(builder.text(), rid.text(), event_.name(), event_.data(legacy));
    variants_.push_back({&rid, legacy, ws::text_frame(std::move(builder))});
    return variants_.back().frame;
}

Session::Session(Sessions& sessions, Client* client, cache::Cid cid, Origin origin)
    : client_(client),
      version_(origin.is_http ? res::latest_version : res::initial_version),
      sessions_(sessions),
      cid_(cid),
      origin_(std::move(origin)) {}

std::string_view Session::handshake() {
    if (const auto* const source = std::exchange(origin_.source, nullptr))
        origin_.handshake = Text(source->handshake());
    return origin_.handshake.view();
}

void Session::tidy_work() {
    if (!work_)
        return;
    if (!work_->started_over.empty())
        revert_undelivered();
    if (work_->empty())
        work_.reset();
}

void Session::send(FramePtr frame, std::string_view direction) {
    if (!client_)
        return;
    if (sessions_.log_.enabled(LogLevel::trace)) {
        std::string line = tag();
        line += direction;
        line += ' ';
        line += frame->payload();
        sessions_.log_.trace(line);
    }
    client_->send(std::move(frame));
}

/// [DIS-2]
void Session::end() {
    for (const SubscriptionPtr& subscription : subscriptions_.items()) {
        subscription->disposed = true;
        detach(*subscription);
        sessions_.detach_name(*subscription);
        // Subscriptions may be held on for a while; what they refer to must not be.
        subscription->references.clear();
        subscription->parents.clear();
    }
    subscriptions_ = SubscriptionTable();
    if (!work_)
        return;
    for (const auto& [serial, request] : work_->requests)
        sessions_.replies_.erase(serial);
    for (const auto& [serial, request] : work_->accesses)
        sessions_.replies_.erase(serial);
    work_.reset();
}

void Session::on_reply(cache::Serial serial, const cache::Outcome& outcome) {
    if (const auto access = work().accesses.find(serial); access != work().accesses.end()) {
        const auto answered = work().accesses.extract(access);
        if (answered.mapped().for_client) {
            work().request_bytes -= AccessRequest::footprint;
            if (client_)
                client_->relieve();
        }
        on_access_reply(answered.mapped(), outcome);
    } else if (const auto call = work().requests.find(serial); call != work().requests.end()) {
        on_call_reply(call->second, outcome);
    }
    tidy_work();
}

/// [COE-2] to [COE-6]
void Session::on_token(std::string_view payload) {
    auto event = res::decode_token_event(payload);
    if (!event) {
        sessions_.log_.error(tag() + "Invalid token event: " + event.error().message);  // [LOG-10]
        return;
    }
    const bool was_set = !token().empty();
    if (!token_)
        token_ = std::make_unique<Token>();
    token_->text = std::move(event->token).value_or(std::string());
    token_->tid = std::move(event->tid);
    if (!was_set)
        return;
    const SubscriptionTable::Items subscriptions = subscriptions_.items();
    for (const SubscriptionPtr& subscription : subscriptions) {
        if (!subscription->disposed)
            demand_recheck(*subscription, 0);
    }
    tidy_work();
}

/// [SYS-9]
void Session::on_token_reset(const std::vector<std::string>& tids, const std::string& subject) {
    if (!token_ || token_->tid.empty() ||
        std::find(tids.begin(), tids.end(), token_->tid) == tids.end())
        return;
    cache::ServiceRequest request;
    request.kind = cache::RequestKind::token_reset;
    request.text = subject;
    request.subject_size = static_cast<std::uint32_t>(subject.size());
    res::append_auth_payload(request.text, {cid(), token(), false}, res::NoParams{}, handshake());
    sessions_.post(std::move(request));
}

}  // namespace resgate::session
