#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/response.h"
#include "res/error.h"
#include "session/requests.h"
#include "session/session.h"

namespace resgate::api {

class ResourceApi;

/// What a request is about, once nothing speaks against it any more ([HTTP-45]).
struct Action {
    std::string rid;
    std::string method;                 ///< empty = the resource is read (GET and HEAD)
    std::optional<std::string> params;  ///< raw JSON, of a call
    bool mapped = false;                ///< the call stands for PUT, DELETE or PATCH ([HTTP-88])
};

/// A request that waits for services, with its temporary connection ([HTTP-55]). To destroy it ends
/// the connection; nothing is called afterwards. It may be destroyed at any time, within `respond`
/// too, but not after its `ResourceApi`. Loop thread.
class PendingRequest : private session::HandshakeSource {
  public:
    /// `action` is what `api` has made of the request.
    PendingRequest(ResourceApi& api, http::Request&& request, Action&& action);
    virtual ~PendingRequest();
    PendingRequest(const PendingRequest&) = delete;
    PendingRequest& operator=(const PendingRequest&) = delete;

    /// Sends the first request to the services. The response may follow at once.
    void start();

    /// Of the temporary connection; empty once the response has been decided.
    std::string_view cid() const { return is_answered() ? std::string_view() : session_->cid(); }

  protected:
    /// The address of the client, with its port: for most requests nobody asks for it.
    virtual std::string remote_address() const = 0;

    /// The end of the request, which is called once. What it leaves of the response is used again.
    virtual void respond(http::Response& response) = 0;

  private:
    std::string handshake() const override;

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
    session::Session* session_;  ///< null once the response has been decided
    /// Those every answer starts with, besides the lines of `Cors` (section 5 of part 60).
    http::Headers headers_;
    Action action_;
    std::optional<std::int64_t> meta_status_;  ///< the last one given ([HTTP-106])
};

}  // namespace resgate::api
