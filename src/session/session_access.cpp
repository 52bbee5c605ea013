#include <optional>
#include <utility>

#include "res/rid.h"
#include "res/service_request.h"
#include "session/session.h"
#include "session/sessions.h"

namespace resgate::session {

namespace {

bool permits_get(const Subscription& subscription) {
    if (!subscription.access.known())
        return false;
    const res::Result<res::Access> access = subscription.access.outcome();
    return access && access->get;
}

}  // namespace

/// [ACC-2], [ACC-4], [ACC-5]
void Session::need_access(Subscription& subscription, cache::Serial request) {
    if (subscription.access.known())
        return on_access(request, subscription.access.outcome());
    if (subscription.joinable_access() != 0) {
        work().accesses.at(subscription.joinable_access()).waiting.push_back(request);
        return;
    }
    send_access_for(request, subscription.rid->text(), &subscription);
}

/// The access request counts for itself ([LMT-13]): the client may end the subscription, and so its
/// own request, and ask again, while the service has not answered.
void Session::send_access_for(cache::Serial request, std::string_view rid,
                              Subscription* subscription) {
    AccessRequest& access = send_access(rid, subscription);
    access.for_client = true;
    access.waiting.push_back(request);
    work().request_bytes += AccessRequest::footprint;
}

cache::ServiceRequest Session::service_request(cache::RequestKind kind, cache::Serial serial,
                                               std::string_view name, std::string_view method,
                                               std::size_t payload_size) {
    std::string_view prefix = "auth.";
    if (kind == cache::RequestKind::access)
        prefix = "access.";
    else if (kind == cache::RequestKind::call)
        prefix = "call.";
    cache::ServiceRequest request;
    request.request = serial;
    request.kind = kind;
    std::string& text = request.text;
    text.reserve(prefix.size() + name.size() + cid().size() + 1 + method.size() +
                 res::room_for_payload(requester(), payload_size));
    text += prefix;
    res::append_expanded(text, name, cid());
    request.name_begin = static_cast<std::uint32_t>(prefix.size());
    request.name_size = static_cast<std::uint32_t>(text.size() - prefix.size());
    if (!method.empty())
        text.append(1, '.').append(method);
    request.subject_size = static_cast<std::uint32_t>(text.size());
    sessions_.replies_.emplace(serial, this);
    return request;
}

/// `subscription` is null for a call without one.
AccessRequest& Session::send_access(std::string_view text, Subscription* subscription,
                                    cache::ThrottleId reset) {
    const res::SplitRid rid = res::split_rid(text);
    const std::string query = res::expand_cid(rid.query, cid());
    const cache::Serial serial = sessions_.next_serial();
    cache::ServiceRequest sent =
        service_request(cache::RequestKind::access, serial, rid.name, {}, query.size());
    sent.reset = reset;
    res::append_access_payload(sent.text, requester(), query);
    sessions_.post(std::move(sent));

    auto& accesses = work().accesses;
    AccessRequest& request = accesses.try_emplace(accesses.end(), serial)->second;
    request.serial = serial;
    if (subscription) {
        request.subscription = subscription;
        request.epoch = subscription->access_epoch;
        subscription->rare().joinable_access = serial;
    }
    return request;
}

/// [REV-1], [REV-2]
void Session::demand_recheck(Subscription& subscription, cache::ThrottleId reset) {
    subscription.access.forget();
    ++subscription.access_epoch;
    if (subscription.joinable_access() != 0)  // [REV-5]
        subscription.rare().joinable_access = 0;
    if (subscription.state == Subscription::State::failed ||
        subscription.state == Subscription::State::deleted)  // [FAI-4]
        return;
    if (subscription.holds != Subscription::no_hold)
        subscription.recheck = true;
    else
        start_recheck(subscription, reset);
}

void Session::start_recheck(Subscription& subscription, cache::ThrottleId reset) {
    subscription.recheck = false;
    if (subscription.direct == 0)
        return;
    subscription.holds |= Subscription::access_hold;
    if (reset == 0) {
        send_access(subscription.rid->text(), &subscription).recheck = true;
        return;
    }
    const cache::Serial turn = sessions_.next_serial();
    sessions_.turns_.emplace(turn, &subscription);
    sessions_.post(cache::QueueRecheck{reset, turn});
}

/// [THR-3]
void Session::on_throttle_turn(Subscription& subscription, cache::ThrottleId reset) {
    if (subscription.direct > 0) {
        send_access(subscription.rid->text(), &subscription, reset).recheck = true;
        return;
    }
    sessions_.post(cache::ThrottlePass{reset});
    release(subscription, Subscription::access_hold);
    tidy_work();
}

void Session::on_access_reply(const AccessRequest& request, const cache::Outcome& outcome) {
    std::optional<res::Reply<res::Access>> failure;
    if (outcome.kind != cache::Outcome::Kind::reply)
        failure = {cache::failure_of(outcome.kind), {}};
    const res::Reply<res::Access>& reply =
        failure ? *failure : sessions_.access_replies_.decode(outcome.payload);
    const res::Result<res::Access>& access = reply.outcome;
    const SubscriptionPtr subscription = request.subscription;
    const bool exists = subscription && !subscription->disposed;
    if (exists) {
        if (subscription->joinable_access() == request.serial)
            subscription->rare().joinable_access = 0;
        // [ACC-3], [REV-5]
        if (subscription->access_epoch == request.epoch && RememberedAccess::is_memorable(access))
            subscription->access.remember(access);
        // [REV-2]: what an outdated outcome lets through is re-checked. The demand was noted, but
        // forgotten if the load failed and was started over since ([FAI-1], [FAI-4]).
        if (subscription->access_epoch != request.epoch && access && access->get &&
            !request.waiting.empty() && (subscription->holds & Subscription::load_hold) != 0 &&
            subscription->state != Subscription::State::failed && !permits_get(*subscription))
            subscription->recheck = true;
    }
    const bool revokes = exists && request.recheck && !(access && access->get);
    if (revokes && subscription->direct > 0) {
        for (const cache::Serial serial : request.waiting) {
            const auto found = work().requests.find(serial);
            if (found != work().requests.end() && found->second.subscription)
                found->second.joined_revocation = true;
        }
        revoke(*subscription, access ? res::errors::access_denied() : access.error());
    }
    for (const cache::Serial serial : request.waiting) {
        if (!ends_with(serial, reply.meta))
            on_access(serial, access);
    }
    if (!exists || subscription->disposed)
        return;
    if (request.recheck)
        release(*subscription, Subscription::access_hold);
    if (!subscription->disposed)
        subscription->tidy_rare();
}

/// [REV-3]
void Session::revoke(Subscription& subscription, const res::Error& reason) {
    const SubscriptionPtr keep(&subscription);
    subscription.direct = 0;
    if (subscription.is_held())  // else the client knows it by pending requests at most ([EVT-3])
        send_unsubscribe_event(subscription, reason);
    answer_pending(subscription);
    collect(subscription);
}

}  // namespace resgate::session
