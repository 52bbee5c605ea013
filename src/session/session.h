#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cache/messages.h"
#include "res/client_message.h"
#include "res/client_request.h"
#include "res/service_message.h"
#include "res/service_request.h"
#include "res/version.h"
#include "session/client.h"
#include "session/garbage.h"
#include "session/requests.h"
#include "session/subscription.h"
#include "session/subscription_table.h"

namespace resgate::session {

class Sessions;

/// Tells what services may learn of a client's HTTP request, once that is needed: for most requests
/// it never is.
class HandshakeSource {
  public:
    virtual std::string handshake() const = 0;

  protected:
    ~HandshakeSource() = default;
};

/// Who a session is made for.
struct Origin {
    /// Raw JSON members header, host, remoteAddr and uri of the client's HTTP request, for auth
    /// requests ([REQ-6]).
    Text handshake;
    /// A pseudo connection for one HTTP request, or a WebSocket still in its handshake ([REQ-5]).
    bool is_http = false;
    /// Where `handshake` comes from; null if it is there already. Outlives whatever the session
    /// does on its own account: nothing asks for it once the session is retired.
    const HandshakeSource* source = nullptr;
};

/// One client connection in protocol terms (parts 20 and 40): its token, its subscriptions with
/// their reference graph, and its unanswered requests. Made and ended by `Sessions`; lives on the
/// thread of its loop. Knows no sockets and no clock.
///
/// Invariants, whenever nothing is being processed: a subscription exists iff it can be reached
/// from one with a direct count ([STA-1]); the client holds exactly what is DELIVERED ([GCO-3]); a
/// subscription that is not DELIVERED has the load hold; every request is answered once ([CLI-5]).
class Session : public TableHook {
  public:
    Session(Sessions& sessions, Client* client, cache::Cid cid, Origin origin);

    std::string_view cid() const { return cid_.text(); }

    std::size_t subscription_count() const { return subscriptions_.size(); }

    /// About how many bytes of memory the unanswered requests take.
    std::size_t request_bytes() const { return work_ ? work_->request_bytes : 0; }

    /// About how many bytes of memory the events take that are held back ([HLD-1]).
    std::size_t held_event_bytes() const { return work_ ? work_->event_bytes : 0; }

    /// The subscription on that rid, as the client or a service writes it; null if there is none.
    const Subscription* find_subscription(std::string_view rid) const { return find(rid); }

    /// A message of the client, well-formed UTF-8 ([CLI-1], [JSN-10]).
    void on_message(std::string_view message);

    // Requests on behalf of the HTTP API. A handler is called exactly once, possibly at once,
    // unless the session ends before. rid and method must be valid.

    // `on_meta` may end the request; then `handler` is not called.

    /// Loads the resource and everything it refers to, then hands over the root of the graph, whose
    /// subscriptions have their content. They are given up when the handler returns ([HTTP-80]).
    void get(std::string_view rid, MetaHandler on_meta, GetHandler handler);
    void call(std::string_view rid, std::string_view method, std::optional<std::string> params,
              MetaHandler on_meta, CallHandler handler);
    /// Header authentication ([HTTP-70], [WS-21]), before anything else.
    void authenticate(const AuthMethod& method, AuthHandler handler);

    /// The handshake is over: no HTTP request any more, and of the initial version ([WS-28]).
    void become_websocket();

  private:
    friend class Sessions;

    // What the loop was told by the hub (through `Sessions`).

    void on_loaded(Subscription& subscription, const res::ContentPtr& content);
    void on_load_failed(Subscription& subscription, res::Error&& error);
    void on_snapshot(Subscription& subscription, const res::ContentPtr& content);
    void on_event(Subscription& subscription, EventFrames& frames);
    void on_reply(cache::Serial serial, const cache::Outcome& outcome);
    void on_token(std::string_view payload);
    void on_token_reset(const std::vector<std::string>& tids, const std::string& subject);
    void on_throttle_turn(Subscription& subscription, cache::ThrottleId reset);
    void demand_recheck(Subscription& subscription, cache::ThrottleId reset);
    void end();

    // session_requests.cpp: client requests and their answers

    void start(const res::ParsedMethod& method, const res::ClientRequest& message);
    /// A new request of that kind, where it stays until it is taken; to be filled in.
    Request& begin(Request::Kind kind);
    void version(const res::ClientRequest& message);
    void unsubscribe(std::string_view rid, const res::ClientRequest& message);
    // These begin once the request is filled in.
    void subscribe(Request& request);
    void start_call(Request& request);
    void send_to_service(const Request& request);
    void on_access(cache::Serial request, const res::Result<res::Access>& outcome);
    void on_call_reply(const Request& request, const cache::Outcome& outcome);
    void on_call_result(const Request& request, res::CallResult&& result);
    /// Answers with an error. The direct count of the request is given back ([CNT-3]), unless it is
    /// kept or gone already.
    enum class Count : std::uint8_t { given_back, kept };
    void refuse(cache::Serial request, const res::Error& error, Count count = Count::given_back);
    void answer_error(const Request& request, const res::Error& error);
    void send_error(std::uint64_t id, const res::Error& error);
    /// The result is made of these parts.
    void send_result(std::uint64_t id, std::initializer_list<std::string_view> parts);
    void answer_pending(Subscription& subscription);
    /// To be done as soon as it is known what the request takes.
    void count_bytes(Request& request);
    RequestNode take(cache::Serial request);

    // session_http.cpp: requests on behalf of HTTP

    void on_auth_reply(cache::Serial serial, const cache::Outcome& outcome);
    bool ends_with(cache::Serial serial, const res::Meta& meta);

    // session_access.cpp: access and re-checks

    void need_access(Subscription& subscription, cache::Serial request);
    /// Begins a request to a service: what it is about, without its payload, which will have about
    /// `payload_size` bytes besides what each has. The reply to it goes to this session.
    cache::ServiceRequest service_request(cache::RequestKind kind, cache::Serial serial,
                                          std::string_view name, std::string_view method,
                                          std::size_t payload_size);
    AccessRequest& send_access(std::string_view rid, Subscription* subscription,
                               cache::ThrottleId reset = 0);
    void send_access_for(cache::Serial request, std::string_view rid, Subscription* subscription);
    void start_recheck(Subscription& subscription, cache::ThrottleId reset);
    void on_access_reply(const AccessRequest& request, const cache::Outcome& outcome);
    void revoke(Subscription& subscription, const res::Error& reason);

    // session_graph.cpp: subscriptions and references

    Subscription* find(std::string_view rid) const;
    Subscription& create(RidPtr rid, cache::ThrottleId tree);
    void load(Subscription& subscription);
    /// Finds or creates the target; one more occurrence of the reference.
    Subscription& add_reference(Subscription& from, std::string_view rid);
    /// One occurrence less. The target if that was the last one, for it may be garbage now.
    SubscriptionPtr remove_reference(Subscription& from, std::string_view rid);
    void remove_all_references(Subscription& from);
    void settle_load(Subscription& subscription);
    void collect(Subscription& start);
    void undeliver(Subscription& subscription);
    void request_snapshot(Subscription& subscription);
    void dispose(const Garbage::Subscriptions& unreachable);
    void detach(Subscription& subscription);

    // session_deleted.cpp: subscriptions that were deleted or failed, and are needed again

    void start_over(Subscription& subscription);
    void load_anew(Subscription& subscription);
    void revert_undelivered();
    void revert(Subscription& subscription);

    // session_delivery.cpp: messages that wait for resources, resource sets, held events

    /// Whether what the subscription refers to would be delivered with it.
    static bool leads_on(const Subscription& subscription);
    bool must_wait(Waiting& waiting);
    void depend(Waiting& waiting, Subscription& start);
    void try_deliver(cache::Serial waiting);
    void deliver_request(cache::Serial request);
    void deliver_event(const Waiting& waiting);
    void compose(const std::vector<SubscriptionPtr>& starts, res::ResourceSet& set,
                 std::vector<SubscriptionPtr>& delivered);
    void release(Subscription& subscription, Subscription::Hold hold);
    void release_delivered(const std::vector<SubscriptionPtr>& delivered);

    // session_held.cpp: the queues of events held back

    void hold_back(Subscription& subscription, const cache::Event& event);
    cache::EventPtr take_held(Subscription::Rare& rare);
    void drop_held(Subscription::Rare& rare);
    void bound_held();
    void absorb_held(Subscription& subscription);

    // session_events.cpp: processing events

    void take_up(Subscription& subscription, EventFrames& frames);
    void process(Subscription& subscription, EventFrames& frames);
    void process_change(Subscription& subscription, EventFrames& frames);
    void process_deletion(Subscription& subscription, EventFrames& frames);
    void send_with(Subscription& subscription, std::vector<SubscriptionPtr> added,
                   EventFrames& frames);
    void send_unsubscribe_event(Subscription& subscription, const res::Error& reason);

    void send(FramePtr frame, std::string_view direction);

    /// How log lines about this connection begin ([OPS-62]).
    std::string tag() const { return "[" + std::string(cid()) + "] "; }

    /// Raw JSON; empty = unset ([COE-4]).
    std::string_view token() const { return token_ ? token_->text : std::string_view(); }

    std::string_view handshake();

    res::Requester requester() const { return {cid(), token(), origin_.is_http}; }

    bool legacy_values() const { return !version_.knows_soft_and_data(); }

    Work& work() {
        if (!work_)
            work_ = std::make_unique<Work>();
        return *work_;
    }

    /// The end of everything that comes in from outside.
    void tidy_work();

    struct Token {
        std::string text;
        std::string tid;
    };

    // First, and so beside the start of the object: what an event takes that is only passed on.
    Client* const client_;  ///< null for a pseudo connection
    res::ProtocolVersion version_;
    Sessions& sessions_;
    std::unique_ptr<Work> work_;  ///< null while nothing is under way
    SubscriptionTable subscriptions_;
    const cache::Cid cid_;
    std::unique_ptr<Token> token_;  ///< null if it never had one
    Origin origin_;
};

}  // namespace resgate::session
