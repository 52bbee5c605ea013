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
    std::string storage;
    const auto message = res::parse_client_request(text, storage);
    if (!message)  // [CLI-3]
        return;
    if (const auto method = res::parse_method(message->method)) {
        start(*method, *message);
    } else {
        send_error(message->id, method.error());
    }
    tidy_work();
}

void Session::start(const res::ParsedMethod& method, const res::ClientRequest& message) {
    RequestCounters& counters = sessions_.counters_;
    Kind kind = Kind::subscribe;
    switch (method.type) {
        case res::RequestType::version:
            return version(message);
        case res::RequestType::unsubscribe:
            return unsubscribe(method.rid, message);
        case res::RequestType::subscribe:
            ++counters.subscribe;
            break;
        case res::RequestType::get:
            ++counters.get;
            kind = Kind::get;
            break;
        case res::RequestType::call:
            ++counters.call;
            kind = Kind::call;
            break;
        case res::RequestType::new_:
            ++counters.call;
            kind = Kind::new_;
            break;
        case res::RequestType::auth:
            ++counters.auth;
            kind = Kind::auth;
            break;
    }
    Request& request = begin(kind);
    request.id = message.id;
    request.rid = method.rid;
    request.method = method.method;
    if (message.params)
        request.params.emplace(message.params->text);
    if (kind == Kind::subscribe || kind == Kind::get)
        return subscribe(request);
    if (kind != Kind::auth)
        return start_call(request);
    count_bytes(request);
    send_to_service(request);
}

Request& Session::begin(Kind kind) {
    const cache::Serial serial = sessions_.next_serial();
    Requests& requests = work().requests;
    Request& request = requests.try_emplace(requests.end(), serial)->second;
    request.kind = kind;
    request.serial = serial;
    return request;
}

void Session::count_bytes(Request& request) {
    request.counted = request.footprint();
    work().request_bytes += request.counted;
}

void Session::version(const res::ClientRequest& message) {
    const auto version = res::parse_version_params(message.params);
    if (!version)
        return send_error(message.id, version.error());
    if (*version)
        version_ = **version;
    send_result(message.id, {R"({"protocol":")", res::latest_version_text, R"("})"});
}

void Session::unsubscribe(std::string_view rid, const res::ClientRequest& message) {
    const auto count = res::parse_unsubscribe_params(message.params);
    if (!count)
        return send_error(message.id, count.error());
    ++sessions_.counters_.unsubscribe;
    Subscription* const subscription = find(rid);
    if (!subscription || *count > subscription->direct)  // [CUS-2]
        return send_error(message.id, res::errors::no_subscription());
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
void Session::subscribe(Request& request) {
    count_bytes(request);
    RidPtr rid = sessions_.rids_.intern(request.rid);
    Subscription* subscription = subscriptions_.find(rid.get());
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
        const RequestNode refused = take(request.serial);
        return answer_error(refused.mapped(), res::errors::subscription_limit_exceeded());
    }
    if (!subscription) {
        subscription = &create(std::move(rid), sessions_.next_tree());
        load(*subscription);
    } else if (subscription->state == Subscription::State::failed ||
               subscription->state == Subscription::State::deleted) {
        start_over(*subscription);  // [DEL-5], [FAI-1]
    }
    ++subscription->direct;
    request.subscription = subscription;
    subscription->rare().pending.add(request);
    need_access(*subscription, request.serial);
}

void Session::start_call(Request& request) {
    count_bytes(request);
    if (Subscription* const subscription = find(request.rid))  // [ACC-6]
        return need_access(*subscription, request.serial);
    send_access_for(request.serial, request.rid, nullptr);  // [ACC-7]
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

    const std::string_view members = is_auth ? handshake() : std::string_view();
    cache::ServiceRequest sent = service_request(
        is_auth ? cache::RequestKind::auth : cache::RequestKind::call, request.serial, rid.name,
        request.method, query.size() + params.value_or("").size() + members.size());
    if (is_auth)
        res::append_auth_payload(sent.text, requester(), query, params, members);
    else
        res::append_call_payload(sent.text, requester(), query, params);
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
        const RequestNode taken = take(serial);
        return taken.mapped().call_handler(std::move(result));
    }
    if (const auto* const text = std::get_if<res::CallPayload>(&result)) {
        if (request.kind == Kind::new_)  // [CNW-3]
            return refuse(serial, res::errors::internal("non-resource response on new request"));
        const RequestNode taken = take(serial);
        const std::uint64_t id = taken.mapped().id;
        if (version_.wraps_results())
            return send_result(id, {R"({"payload":)", text->text, "}"});  // [CCL-4]
        return send_result(id, {text->text});                             // [LEG-1]
    }
    std::string& rid = std::get<res::CallResource>(result).rid;
    if (request.kind != Kind::new_ && !version_.wraps_results()) {
        std::string legacy = R"({"rid":)";
        json::append_string(legacy, rid);
        return send_result(take(serial).mapped().id, {legacy, "}"});
    }
    RequestNode taken = take(serial);  // [RES-1]
    Request& response = work().requests.insert(std::move(taken)).position->second;
    response.kind = Kind::resource_response;
    response.rid = std::move(rid);
    subscribe(response);
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
    const RequestNode taken = take(serial);
    const Request& request = taken.mapped();
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
    const RequestNode taken = take(serial);
    const Request& request = taken.mapped();
    work().message_ended = true;
    if (request.kind == Kind::resource_response)
        send_result(request.id, {resource_error_result(request.rid, error)});
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

RequestNode Session::take(cache::Serial serial) {
    RequestNode taken = work().requests.extract(serial);
    Request& request = taken.mapped();
    if (Subscription* const subscription = request.subscription.get()) {
        subscription->rare().pending.remove(request);
        subscription->tidy_rare();
    }
    work().request_bytes -= request.counted;
    if (request.waiting != 0)
        work().waiting.erase(request.waiting);
    return taken;
}

void Session::answer_error(const Request& request, const res::Error& error) {
    if (request.get_handler)
        return request.get_handler(error);
    if (request.call_handler)
        return request.call_handler(error);
    send_error(request.id, error);
}

void Session::send_error(std::uint64_t id, const res::Error& error) {
    FrameBuilder builder;
    res::append_error_response(builder.text(), error, id);
    send(ws::text_frame(std::move(builder)), reply_direction);
}

void Session::send_result(std::uint64_t id, std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts)
        size += part.size();
    FrameBuilder builder(size + 40);
    std::string& text = builder.text();
    res::begin_result(text);
    for (const std::string_view part : parts)
        text += part;
    res::end_result(text, id);
    send(ws::text_frame(std::move(builder)), reply_direction);
}

}  // namespace resgate::session
