#include "api/pending_request.h"

#include <utility>
#include <variant>

#include "api/encoder.h"
#include "api/handshake.h"
#include "api/meta.h"
#include "api/resource_api.h"
#include "api/responses.h"
#include "res/rid.h"

namespace resgate::api {

PendingRequest::PendingRequest(ResourceApi& api, http::Request&& request, Action&& action)
    : api_(api),
      request_(std::move(request)),
      session_(&api.sessions_.open(nullptr, {{}, true, this})),
      headers_(api.cors_.headers(request_)),
      action_(std::move(action)) {}

/// Nobody waits for the answer any more ([HTTP-59]).
PendingRequest::~PendingRequest() {
    if (session_)
        api_.sessions_.close(*session_);
}

std::string PendingRequest::handshake() const {
    return handshake_of(request_, remote_address());
}

void PendingRequest::start() {
    session::Sessions& sessions = api_.sessions_;
    if (api_.settings_.header_auth)
        authenticate();
    else
        proceed();
    // If it is answered already, the object may be gone.
    sessions.close_retired();
}

void PendingRequest::authenticate() {
    session_->authenticate(*api_.settings_.header_auth, [this](const res::Meta& meta) {
        if (on_meta(meta) == session::Next::proceed)
            proceed();
    });
}

void PendingRequest::proceed() {
    if (action_.method.empty())
        read();
    else
        call();
}

// The session ends before this object does, or has nothing more to tell it.

void PendingRequest::read() {
    session_->get(
        action_.rid, [this](const res::Meta& meta) { return on_meta(meta); },
        [this](const res::Result<const session::Subscription*>& root) {
            answer(on_resource(root));
        });
}

void PendingRequest::call() {
    session_->call(
        action_.rid, action_.method, std::move(action_.params),
        [this](const res::Meta& meta) { return on_meta(meta); },
        [this](const res::Result<res::CallResult>& outcome) { answer(on_call(outcome)); });
}

/// [HTTP-104], [HTTP-105]
session::Next PendingRequest::on_meta(const res::Meta& meta) {
    merge_headers(headers_, meta);
    if (meta.status)
        meta_status_ = meta.status;
    if (!meta.status || !is_direct_status(*meta.status))
        return session::Next::proceed;
    answer(direct_response(meta, std::move(headers_), api_.path_));
    return session::Next::stop;
}

/// [HTTP-82], [HTTP-83]
http::Response PendingRequest::on_resource(const res::Result<const session::Subscription*>& root) {
    if (!root)
        return refusal(root.error());
    auto body = encode(**root, api_.settings_.encoding, api_.path_, std::move(api_.body_room_));
    if (!body)
        return refusal(res::errors::internal("response too large"));
    return json_response(std::move(*body), std::move(headers_));
}

/// [HTTP-87]
http::Response PendingRequest::on_call(const res::Result<res::CallResult>& outcome) {
    if (!outcome)
        return refusal(outcome.error());
    if (const auto* const payload = std::get_if<res::CallPayload>(&*outcome)) {
        if (payload->text != "null")
            return json_response(std::string(payload->text), std::move(headers_));
        http::Response nothing;
        nothing.status = 204;
        nothing.headers = std::move(headers_);
        return nothing;
    }
    const std::string& rid = std::get<res::CallResource>(*outcome).rid;
    if (!res::is_valid_rid(rid))
        return refusal(res::errors::internal("invalid service response"));
    http::Response response;
    response.headers = std::move(headers_);
    std::string location;
    api_.path_.append_href(location, rid);
    http::remove_headers(response.headers, "Location");  // [HTTP-109]
    response.headers.push_back({"Location", std::move(location)});
    return response;
}

http::Response PendingRequest::refusal(res::Error error) {
    if (action_.mapped && error.code == "system.methodNotFound")  // [HTTP-88]
        error = res::errors::method_not_allowed();
    return error_response(error, std::move(headers_));
}

void PendingRequest::answer(http::Response&& response) {
    if (meta_status_ && !is_direct_status(*meta_status_))
        api_.log_.error("Invalid meta status: " + std::to_string(*meta_status_));
    ResourceApi& api = api_;
    api.sessions_.retire(*std::exchange(session_, nullptr));
    response.lines = api.cors_.lines();
    respond(response);
    api.take_back(std::move(response.body));
}

}  // namespace resgate::api
