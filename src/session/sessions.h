#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/log.h"
#include "base/once_log.h"
#include "base/random.h"
#include "base/table.h"
#include "cache/messages.h"
#include "session/access_replies.h"
#include "session/client.h"
#include "session/rid_table.h"
#include "session/session.h"
#include "session/subscription.h"

namespace resgate::session {

/// Client requests taken up, by type ([CTR-3]).
struct RequestCounters {
    std::uint64_t get = 0;
    std::uint64_t subscribe = 0;
    std::uint64_t unsubscribe = 0;
    std::uint64_t call = 0;
    std::uint64_t auth = 0;
};

/// The sessions of one loop, and its side of the exchange with the hub. Lives on the loop's thread.
class Sessions {
  public:
    /// References must outlive the object. `loop`: this loop's index. `max_subscriptions`: of one
    /// session, 0 = no limit ([LMT-5]). `max_held_bytes`: of events held back for one, likewise
    /// ([LMT-15]).
    Sessions(cache::LoopIndex loop, cache::HubPort& hub, Log& log, OnceLog& once_log, Random random,
             std::size_t max_subscriptions, std::size_t max_held_bytes);
    ~Sessions();

    /// A new connection. `client` is null for a pseudo connection of the HTTP API; otherwise it
    /// must outlive the session. As long as it is one for HTTP it speaks the latest version
    /// ([VER-2], [WS-28]). `close` ends the session.
    Session& open(Client* client, Origin origin);
    void close(Session& session);

    /// Closes the session as soon as nothing of it is being processed: at the end of `handle`, if
    /// that is being called, or else when `close_retired` is.
    void retire(Session& session) { retired_.push_back(&session); }

    void close_retired();

    /// Messages of the hub, in order; as many as there are, as events of one resource that follow
    /// each other take less together.
    void handle(std::span<cache::LoopMessage> messages);

    std::size_t session_count() const { return sessions_.size(); }

    const RequestCounters& counters() const { return counters_; }

    /// Subscriptions refused because of [LMT-5].
    std::uint64_t refused_subscriptions() const { return refused_subscriptions_; }

  private:
    friend class Session;

    struct CidOf {
        using type = cache::Cid;

        const type& operator()(const Session& session) const { return session.cid_; }
    };

    void on(cache::Loaded&& message);
    void on(cache::LoadFailed&& message);
    void on(cache::Snapshot&& message);
    void on(cache::ResourceEvent&& deletion);
    void on(cache::Reaccess&& message);
    void on(cache::AccessReset&& message);
    void on(cache::ServiceReply&& message);
    void on(cache::ThrottleTurn&& message);
    void on(cache::TokenMessage&& message);
    void on(cache::TokenResetMessage&& message);
    void dispatch(std::span<const cache::LoopMessage> events);

    // For the sessions.

    cache::Serial next_serial() { return ++last_serial_; }

    cache::ThrottleId next_tree();

    void post(cache::HubCommand&& command) { hub_.post(std::move(command)); }

    /// From now on the hub's answer to that serial goes to the subscription.
    void await(Subscription& subscription);
    void stop_awaiting(Subscription& subscription);
    void attach_name(Subscription& subscription, std::string_view name);
    void detach_name(Subscription& subscription);
    void attach_resource(Subscription& subscription, const cache::Loaded& loaded);
    void detach_resource(Subscription& subscription);
    void drop(LocalResource& local);
    static void demand_rechecks(const LocalName& name, cache::ThrottleId reset);
    SubscriptionPtr take_awaiting(cache::Serial serial);

    const cache::LoopIndex loop_;
    cache::HubPort& hub_;
    Log& log_;
    OnceLog& once_log_;
    Random random_;
    const std::size_t max_subscriptions_;
    const std::size_t max_held_bytes_;
    RidTable rids_;
    Table<Session, CidOf> sessions_;  ///< owned
    boost::unordered_flat_map<cache::Serial, SubscriptionPtr> awaiting_;
    std::unordered_map<cache::Serial, SubscriptionPtr>
        turns_;  ///< re-checks that wait in a throttle
    boost::unordered_flat_map<cache::Serial, Session*> replies_;  ///< who asked a service
    Table<LocalName, TextOf<LocalName>> names_;            ///< owned; gone with their subscriptions
    Table<LocalResource, LocalResource::IdOf> resources_;  ///< likewise
    AccessReplies access_replies_;
    std::vector<Session*> retired_;
    cache::Serial last_serial_ = 0;
    RequestCounters counters_;
    std::uint64_t refused_subscriptions_ = 0;
};

}  // namespace resgate::session
