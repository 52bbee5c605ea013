#include <utility>

#include "res/rid.h"
#include "res/service_request.h"
#include "session/session.h"
#include "session/sessions.h"

// Requests on behalf of HTTP: of the resource API, and of WebSockets in their handshake.

namespace resgate::session {

void Session::get(std::string_view rid, MetaHandler on_meta, GetHandler handler) {
    Request& request = begin(Request::Kind::get);
    request.rid = rid;
    request.meta_handler = std::move(on_meta);
    request.get_handler = std::move(handler);
    subscribe(request);
    tidy_work();
}

void Session::call(std::string_view rid, std::string_view method, std::optional<std::string> params,
                   MetaHandler on_meta, CallHandler handler) {
    Request& request = begin(Request::Kind::call);
    request.rid = rid;
    request.method = method;
    request.params = std::move(params);
    request.meta_handler = std::move(on_meta);
    request.call_handler = std::move(handler);
    start_call(request);
    tidy_work();
}

void Session::authenticate(const AuthMethod& method, AuthHandler handler) {
    Request& request = begin(Request::Kind::header_auth);
    request.auth_handler = std::move(handler);
    count_bytes(request);
    cache::ServiceRequest sent = service_request(cache::RequestKind::auth, request.serial,
                                                 method.name, method.method, handshake().size());
    res::append_auth_payload(sent.text, requester(), res::NoParams{}, handshake());
    sessions_.post(std::move(sent));
}

/// Of the outcome of header authentication, only the meta counts ([HTTP-72], [WS-24]).
void Session::on_auth_reply(cache::Serial serial, const cache::Outcome& outcome) {
    const RequestNode request = take(serial);
    res::Meta meta;
    if (outcome.kind == cache::Outcome::Kind::reply)
        meta = res::decode_call_reply(outcome.payload).meta;
    request.mapped().auth_handler(meta);
}

void Session::become_websocket() {
    origin_.is_http = false;
    version_ = res::initial_version;
}

/// Shows the meta of a reply to whom the request is for. Whether that was the end of it
/// ([HTTP-105]).
bool Session::ends_with(cache::Serial serial, const res::Meta& meta) {
    const auto found = work().requests.find(serial);
    if (found == work().requests.end() || !found->second.meta_handler ||
        found->second.meta_handler(meta) == Next::proceed)
        return false;
    take(serial);
    return true;
}

}  // namespace resgate::session
