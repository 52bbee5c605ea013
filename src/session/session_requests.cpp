#include <algorithm>
#include <cassert>
#include <utility>

#include "base/limits.h"
#include "res/rid.h"
#include "res/service_request.h"
#include "session/session.h"
#include "session/sessions.h"
#include "ws/codec.h"

namespace resgate::session {

namespace {

using Kind = Request::Kind;

constexpr std::string_view reply_direction = "<--";

/// `{"rid":R,"errors":{R:E}}`: the call succeeded, its resource did not ([CCL-6]).
std::string resource_error_result(std::string_view rid, const res::Error& error) {
    std::string result = R"({"rid":)";
    json::append_string(result, rid);
    res::ResourceSet set(false);
    set.add(rid, error);
    set.append_members(result, true);
    result += '}';
    return result;
}

}  // namespace

void Session::on_message(std::string_view text) {
    if (sessions_.log_.enabled(LogLevel::trace))
        sessions_.log_.trace(tag() + "--> " + std::string(text));
    const auto message = res::parse_client_request(text);
    if (!message)  // [CLI-3]
        return;
    if (const auto method = res::parse_method(message->method)) {
        start(*method, *message);
    } else {
        Request refused;
        refused.id = message->id;
        answer_error(refused, method.error());
    }
    tidy_work();
}

void Session::start(const res::ParsedMethod& method, const res::ClientRequest& message) {
    Request request;
    request.id = message.id;
    request.serial = sessions_.next_serial();
    request.rid = method.rid;
    request.method = method.method;
    if (message.params)
        request.params = std::string(message.params->text);

    RequestCounters& counters = sessions_.counters_;
    switch (method.type) {
        case res::RequestType::version:
            return version(message);
        case res::RequestType::unsubscribe:
            return unsubscribe(method.rid, message);
        case res::RequestType::subscribe:
            ++counters.subscribe;
            request.kind = Kind::subscribe;
            return subscribe(std::move(request));
        case res::RequestType::get:
            ++counters.get;
            request.kind = Kind::get;
            return subscribe(std::move(request));
        case res::RequestType::call:
            ++counters.call;
            request.kind = Kind::call;
            return start_call(std::move(request));
        case res::RequestType::new_:
            ++counters.call;
            request.kind = Kind::new_;
            request.method = "new";
            return start_call(std::move(request));
        case res::RequestType::auth:
            ++counters.auth;
            request.kind = Kind::auth;
            return send_to_service(store(std::move(request)));
    }
}

void Session::version(const res::ClientRequest& message) {
    Request request;
    request.id = message.id;
    const auto version = res::parse_version_params(message.params);
    if (!version)
        return answer_error(request, version.error());
    if (*version)
        version_ = **version;
    answer(request, R"({"protocol":")" + std::string(res::latest_version_text) + R"("})");
}

void Session::unsubscribe(std::string_view rid, const res::ClientRequest& message) {
    Request request;
    request.id = message.id;
    const auto count = res::parse_unsubscribe_params(message.params);
    if (!count)
        return answer_error(request, count.error());
    ++sessions_.counters_.unsubscribe;
    Subscription* const subscription = find(rid);
    if (!subscription || *count > subscription->direct)  // [CUS-2]
        return answer_error(request, res::errors::no_subscription());
    subscription->direct = static_cast<std::uint16_t>(subscription->direct - *count);
    FrameBuilder builder;
    res::append_empty_success(builder.text(), message.id);
    send(ws::text_frame(std::move(builder)), reply_direction);
    // The counts of answered requests go first, then those of pending ones, the oldest first; they
    // are not given back when these fail ([CNT-4], [CNT-5]).
    if (Subscription::Rare* const rare = subscription->rare_if_any())
        rare->pending.keep_counts(subscription->direct);
    collect(*subscription);
}

/// Subscribe, get and resource responses, up to the first thing they wait for.
void Session::subscribe(Request&& request) {
    Subscription* subscription = find(request.rid);
    const bool too_many = subscription ? subscription->direct >= Limits::direct_subscriptions
                                       : sessions_.max_subscriptions_ != 0 &&
                                             subscriptions_.size() >= sessions_.max_subscriptions_;
    if (too_many) {  // [LIM-1], [LMT-5]
        if (!subscription)
            ++sessions_.refused_subscriptions_;
        const std::size_t limit =
            subscription ? Limits::direct_subscriptions : sessions_.max_subscriptions_;
        sessions_.log_.debug(tag() + "Subscription " + request.rid +
                             ": Subscription limit exceeded (" + std::to_string(limit) + ")");
        return answer_error(request, res::errors::subscription_limit_exceeded());
    }
    if (!subscription) {
        subscription = &create(request.rid, sessions_.next_tree());
        load(*subscription);
    } else if (subscription->state == Subscription::State::failed ||
               subscription->state == Subscription::State::deleted) {
        start_over(*subscription);  // [DEL-5], [FAI-1]
    }
    ++subscription->direct;
    request.subscription = subscription;
    need_access(*subscription, store(std::move(request)).serial);
}

void Session::start_call(Request&& request) {
    const Request& stored = store(std::move(request));
    const cache::Serial serial = stored.serial;
    if (Subscription* const subscription = find(stored.rid))  // [ACC-6]
        return need_access(*subscription, serial);
    send_access(stored.rid, nullptr).waiting.push_back(serial);  // [ACC-7]
}

void Session::on_access(cache::Serial serial, const res::Result<res::Access>& outcome) {
    const auto found = work().requests.find(serial);
    if (found == work().requests.end())  // answered already ([CNT-6])
        return;
    Request& request = found->second;
    const bool calls = request.kind == Kind::call || request.kind == Kind::new_;
    const bool permitted =
        outcome && (calls ? outcome->permits_call(request.method) : outcome->get);
    if (!permitted) {
        const res::Error error = outcome ? res::errors::access_denied() : outcome.error();
        return refuse(serial, error);
    }
    if (calls)
        return send_to_service(request);
    if (!request.subscription->is_unready() && !leads_on(*request.subscription))
        return deliver_request(serial);
    Waiting waiting;
    waiting.serial = request.waiting = sessions_.next_serial();
    waiting.request = serial;
    waiting.starts.push_back(request.subscription);
    if (!must_wait(waiting))
        return deliver_request(serial);
    work().waiting.emplace(request.waiting, std::move(waiting));
}

/// Call, new and auth: with the token of this moment ([ACC-8]).
void Session::send_to_service(const Request& request) {
    const res::SplitRid rid = res::split_rid(request.rid);
    const std::string query = res::expand_cid(rid.query, cid());
    const std::optional<std::string_view> params =
        request.params ? std::optional<std::string_view>(*request.params) : std::nullopt;
    const bool is_auth = request.kind == Kind::auth;

    cache::ServiceRequest sent;
    sent.request = request.serial;
    sent.kind = is_auth ? cache::RequestKind::auth : cache::RequestKind::call;
    sent.name = res::expand_cid(rid.name, cid());
    sent.subject.reserve(5 + sent.name.size() + 1 + request.method.size());
    sent.subject.append(is_auth ? "auth." : "call.").append(sent.name);
    sent.subject.append(1, '.').append(request.method);
    sent.payload = is_auth ? res::auth_payload(requester(), query, params, handshake())
                           : res::call_payload(requester(), query, params);
    sessions_.replies_.emplace(request.serial, this);
    sessions_.post(std::move(sent));
}

void Session::on_call_reply(const Request& request, const cache::Outcome& outcome) {
    if (request.kind == Kind::header_auth)
        return on_auth_reply(request.serial, outcome);
    if (outcome.kind != cache::Outcome::Kind::reply)
        return refuse(request.serial, cache::failure_of(outcome.kind));
    auto reply = res::decode_call_reply(outcome.payload);
    if (ends_with(request.serial, reply.meta))
        return;
    if (!reply.outcome)
        return refuse(request.serial, reply.outcome.error());
    on_call_result(request, std::move(*reply.outcome));
}

void Session::on_call_result(const Request& request, res::CallResult&& result) {
    const cache::Serial serial = request.serial;
    const auto* const payload = std::get_if<res::CallPayload>(&result);
    if (payload && request.kind != Kind::auth && request.method == "new") {
        if (auto rid = res::legacy_new_rid(payload->text)) {  // [NWR-1]
            const std::string name = res::expand_cid(request.rid, cid());
            const std::string service = name.substr(0, name.find('.'));
            sessions_.once_log_.error("new result v1.1 " + service,
                                      "[DEPRECATED] Service " + service +
                                          " answers calls of method new with a result instead of "
                                          "a resource, on " +
                                          name);  // [LOG-6]
            if (!res::is_valid_rid(*rid))         // [NWR-2]
                return refuse(serial, res::errors::internal("invalid service response"));
            result = res::CallResource{std::move(*rid)};
        }
    }
    if (request.call_handler) {
        const Request taken = take(serial);
        return taken.call_handler(std::move(result));
    }
    if (const auto* const text = std::get_if<res::CallPayload>(&result)) {
        if (request.kind == Kind::new_)  // [CNW-3]
            return refuse(serial, res::errors::internal("non-resource response on new request"));
        const Request taken = take(serial);
        return answer(taken, version_.wraps_results() ? R"({"payload":)" + text->text + '}'
                                                      : text->text);  // [CCL-4], [LEG-1]
    }
    std::string& rid = std::get<res::CallResource>(result).rid;
    if (request.kind != Kind::new_ && !version_.wraps_results()) {
        std::string legacy = R"({"rid":)";
        json::append_string(legacy, rid);
        const Request taken = take(serial);
        return answer(taken, legacy + '}');
    }
    Request response = take(serial);  // [RES-1]
    response.kind = Kind::resource_response;
    response.rid = std::move(rid);
    subscribe(std::move(response));
}

/// Everything the request would deliver is ready.
void Session::deliver_request(cache::Serial serial) {
    const auto found = work().requests.find(serial);
    assert(found != work().requests.end());
    const SubscriptionPtr subscription = found->second.subscription;
    const bool failed = subscription->state == Subscription::State::failed ||
                        subscription->state == Subscription::State::deleted;
    if (failed) {
        const res::Error error = subscription->rare().error;
        // [CCL-6]: a resource response keeps its count.
        const bool keeps = found->second.kind == Kind::resource_response;
        return refuse(serial, error, keeps ? Count::kept : Count::given_back);
    }
    const Request request = take(serial);
    std::vector<SubscriptionPtr> delivered;
    if (request.get_handler) {
        request.get_handler(static_cast<const Subscription*>(subscription.get()));
    } else {
        res::ResourceSet set(legacy_values());
        compose({subscription}, set, delivered);
        const bool is_response = request.kind == Kind::resource_response;
        FrameBuilder builder(set.size() + request.rid.size() + 64);
        std::string& text = builder.text();
        res::begin_result(text);
        text += '{';
        if (is_response) {
            text += R"("rid":)";
            json::append_string(text, request.rid);
        }
        set.append_members(text, is_response);
        text += '}';
        res::end_result(text, request.id);
        send(ws::text_frame(std::move(builder)), reply_direction);
    }
    if (request.kind == Kind::get && !request.count_is_gone && subscription->direct > 0)
        --subscription->direct;
    collect(*subscription);  // [GET-2], and after an unsubscribe that came before the answer
    release_delivered(delivered);
}

void Session::refuse(cache::Serial serial, const res::Error& error, Count count) {
    const Request request = take(serial);
    work().message_ended = true;
    if (request.kind == Kind::resource_response)
        answer(request, resource_error_result(request.rid, error));
    else
        answer_error(request, error);
    const SubscriptionPtr subscription = request.subscription;
    if (!subscription || subscription->disposed)
        return;
    if (count == Count::given_back && !request.count_is_gone && subscription->direct > 0) {
        --subscription->direct;
        collect(*subscription);
    }
}

/// [CNT-6]: the count of the requests pending on the subscription is gone.
void Session::answer_pending(Subscription& subscription) {
    const Subscription::Rare* const rare = subscription.rare_if_any();
    if (!rare || rare->pending.empty())
        return;
    std::vector<cache::Serial> pending;
    for (const Request* const request : rare->pending) {
        if (!request->joined_revocation)
            pending.push_back(request->serial);
    }
    std::sort(pending.begin(), pending.end());
    for (const cache::Serial serial : pending)
        refuse(serial, res::errors::disposed_subscription());
}

const Request& Session::store(Request&& request) {
    const cache::Serial serial = request.serial;
    work().request_bytes += request.footprint();
    Request& stored = work().requests.emplace(serial, std::move(request)).first->second;
    if (stored.subscription)
        stored.subscription->rare().pending.add(stored);
    return stored;
}

Request Session::take(cache::Serial serial) {
    const auto found = work().requests.find(serial);
    if (Subscription* const subscription = found->second.subscription.get()) {
        subscription->rare().pending.remove(found->second);
        subscription->tidy_rare();
    }
    Request request = std::move(found->second);
    work().requests.erase(found);
    work().request_bytes -= request.footprint();
    if (request.waiting != 0)
        work().waiting.erase(request.waiting);
    return request;
}

void Session::answer_error(const Request& request, const res::Error& error) {
    if (request.get_handler)
        return request.get_handler(error);
    if (request.call_handler)
        return request.call_handler(error);
    FrameBuilder builder;
    res::append_error_response(builder.text(), error, request.id);
    send(ws::text_frame(std::move(builder)), reply_direction);
}

void Session::answer(const Request& request, std::string_view result) {
    FrameBuilder builder(result.size() + 40);
    res::append_result(builder.text(), result, request.id);
    send(ws::text_frame(std::move(builder)), reply_direction);
}

}  // namespace resgate::session
