#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/response.h"
#include "res/error.h"
#include "session/requests.h"
#include "session/session.h"

namespace resgate::api {

class ResourceApi;

using ResponseHandler = std::function<void(http::Response&&)>;
/// Gives the address of the client, with its port: for most requests nobody asks for it.
using RemoteAddress = std::function<std::string()>;

/// What a request is about, once nothing speaks against it any more ([HTTP-45]).
struct Action {
    std::string rid;
    std::string method;                 ///< empty = the resource is read (GET and HEAD)
    std::optional<std::string> params;  ///< raw JSON, of a call
    bool mapped = false;                ///< the call stands for PUT, DELETE or PATCH ([HTTP-88])
};

/// A request that waits for services, with its temporary connection ([HTTP-55]). To destroy it ends
/// the connection; nothing is called afterwards. Loop thread.
class PendingRequest final : private session::HandshakeSource {
  public:
    ~PendingRequest();
    PendingRequest(const PendingRequest&) = delete;
    PendingRequest& operator=(const PendingRequest&) = delete;

    /// Of the temporary connection; empty once the response has been decided.
    std::string_view cid() const { return is_answered() ? std::string_view() : session_->cid(); }

  private:
    friend class ResourceApi;

    /// `headers` are those every answer starts with, besides the lines of `Cors` (section 5 of part
    /// 60).
    PendingRequest(ResourceApi& api, http::Request&& request, RemoteAddress remote_address,
                   http::Headers headers, Action&& action, ResponseHandler done);

    std::string handshake() const override;

    /// Sends the first request to the services.
    void run();
    void authenticate();
    void proceed();
    void read();
    void call();
    /// What each reply but that to get says besides its outcome. The object may be gone afterwards
    /// if there is nothing more to do.
    session::Next on_meta(const res::Meta& meta);
    http::Response on_resource(const res::Result<const session::Subscription*>& root);
    http::Response on_call(const res::Result<res::CallResult>& outcome);
    http::Response refusal(res::Error error);
    /// Ends the request. The object may be gone afterwards.
    void answer(http::Response&& response);

    bool is_answered() const { return session_ == nullptr; }

    ResourceApi& api_;
    const http::Request request_;
    const RemoteAddress remote_address_;
    session::Session* session_;  ///< null once the response has been decided
    http::Headers headers_;
    Action action_;
    ResponseHandler done_;
    std::optional<std::int64_t> meta_status_;  ///< the last one given ([HTTP-106])
};

}  // namespace resgate::api
