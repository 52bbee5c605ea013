#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "cache/event.h"
#include "cache/messages.h"
#include "res/content.h"
#include "res/error.h"
#include "session/edges.h"
#include "session/remembered_access.h"
#include "session/rid_table.h"

namespace resgate::session {

class Session;
struct LocalName;
struct LocalResource;

/// A connection's subscription on one rid: S of part 40. The session changes it and keeps its
/// invariants; others may hold it on (`SubscriptionPtr`), and must look at `disposed` then. Loop
/// thread.
class Subscription
    : public boost::intrusive_ref_counter<Subscription, boost::thread_unsafe_counter> {
  public:
    enum class State : std::uint8_t { loading, loaded, delivered, failed, deleted };

    enum Hold : std::uint8_t { no_hold = 0, load_hold = 1, access_hold = 2 };

    Subscription(Session& owner, RidPtr client_rid, cache::ThrottleId creating_tree)
        : session(owner), rid(std::move(client_rid)), tree(creating_tree) {}

    Session& session;
    const RidPtr rid;              ///< client-form ([CID-5])
    const cache::ThrottleId tree;  ///< the client request that created it ([THR-7])

    State state = State::loading;
    std::uint8_t holds = load_hold;  ///< [HLD-2], [HLD-3]
    bool recheck = false;            ///< a re-check is due when the holds are released ([REV-2])
    bool disposed = false;
    bool awaits_snapshot = false;  ///< un-delivered, and its content is under way
    bool restarted = false;        ///< DELETED and held by the client, being loaded anew ([DEL-5])
    bool reverts = false;    ///< becomes DELETED again if what started it over does not deliver it
    bool plain_rid = false;  ///< the frames of the resource's events are for this very rid
    std::uint16_t direct = 0;        ///< [CNT-1]; at most 256
    std::uint16_t pending = 0;       ///< requests of the client that wait for this subscription
    std::uint32_t access_epoch = 0;  ///< counts invalidations of access ([REV-5])
    RememberedAccess access;
    cache::Serial joinable_access = 0;  ///< outstanding access request new needs join ([ACC-5])
    cache::Serial awaited = 0;  ///< what the hub's answer to Attach or TakeSnapshot will name

    LocalName* name = nullptr;          ///< never null in a session
    LocalResource* resource = nullptr;  ///< null unless loaded from the cache and not deleted there
    std::uint32_t name_index = 0;
    std::uint32_t resource_index = 0;

    /// content(S) from the load to the delivery; null afterwards, for the client has it.
    res::ContentPtr content;
    Edges references;
    std::vector<Subscription*> parents;  ///< each once, however often it refers to this

    /// What only few subscriptions have at a time.
    struct Rare {
        std::deque<cache::EventPtr> queue;      ///< events held back ([HLD-1])
        std::vector<cache::Serial> dependents;  ///< messages that wait for its load, in order
        res::Error error;                       ///< of a failed load
        cache::Serial waiting_event = 0;        ///< the message that waits for added references
    };

    Rare& rare() {
        if (!rare_)
            rare_ = std::make_unique<Rare>();
        return *rare_;
    }

    Rare* rare_if_any() { return rare_.get(); }

    const Rare* rare_if_any() const { return rare_.get(); }

    /// Frees the rare part if nothing is in it.
    void tidy_rare() {
        if (rare_ && rare_->queue.empty() && rare_->dependents.empty() &&
            rare_->waiting_event == 0 && !keeps_error() && !restarted)
            rare_.reset();
    }

    bool is_delivered() const { return state == State::delivered; }

    /// The client has it, in whatever state it was when it was deleted ([GCO-3]).
    bool is_held() const {
        return state == State::delivered || state == State::deleted || restarted;
    }

    /// Nothing can be delivered that reaches this before the hub has answered.
    bool is_unready() const { return state == State::loading || awaits_snapshot; }

  private:
    /// Also for requests that wait for access when a deleted resource failed to load ([DEL-5]).
    bool keeps_error() const {
        return state == State::failed || (state == State::deleted && pending > 0);
    }

    std::unique_ptr<Rare> rare_;
};

using SubscriptionPtr = boost::intrusive_ptr<Subscription>;

/// A resource name in use on a loop, with the subscriptions of all its sessions.
struct LocalName {
    std::string text;
    std::vector<Subscription*> subscriptions;
};

/// A resource in the cache that subscriptions of a loop are attached to. While its events are
/// handed out, places of those that leave are emptied, not removed.
struct LocalResource {
    cache::ResourceId id = cache::ResourceId::none;
    std::vector<Subscription*> subscribers;
    bool dispatching = false;
    bool has_gaps = false;  ///< some left during this dispatch
};

}  // namespace resgate::session
