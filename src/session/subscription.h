#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/container/devector.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "base/table.h"
#include "base/text.h"
#include "cache/event.h"
#include "cache/messages.h"
#include "res/content.h"
#include "res/error.h"
#include "session/edges.h"
#include "session/pending_requests.h"
#include "session/remembered_access.h"
#include "session/rid_table.h"

namespace resgate::session {

class Session;
struct LocalName;
struct LocalResource;

/// Events in the order of their arrival; takes no memory when empty.
using EventQueue = boost::container::devector<cache::EventPtr>;

/// A connection's subscription on one rid: S of part 40. The session changes it and keeps its
/// invariants; others may hold it on (`SubscriptionPtr`), and must look at `disposed` then. Loop
/// thread. There are as many as clients times resources: what is not needed all the time is in
/// `Rare`.
class Subscription
    : public boost::intrusive_ref_counter<Subscription, boost::thread_unsafe_counter> {
  public:
    enum class State : std::uint8_t { loading, loaded, delivered, failed, deleted };

    enum Hold : std::uint8_t { no_hold = 0, load_hold = 1, access_hold = 2 };

    Subscription(Session& owner, RidPtr client_rid, cache::ThrottleId creating_tree)
        : session(owner), rid(std::move(client_rid)), tree(creating_tree) {}

    State state = State::loading;
    std::uint8_t holds = load_hold;  ///< [HLD-2], [HLD-3]
    bool recheck : 1 = false;        ///< a re-check is due when the holds are released ([REV-2])
    bool disposed : 1 = false;
    bool awaits_snapshot : 1 = false;  ///< un-delivered, and its content is under way
    bool restarted : 1 = false;  ///< DELETED and held by the client, being loaded anew ([DEL-5])
    bool reverts : 1 = false;    ///< becomes DELETED again if starting it over does not deliver it
    bool plain_rid : 1 = false;  ///< the frames of the resource's events are for this very rid

    // Behind the small ones, which share the reference count's eight bytes: an event that is only
    // passed on takes no more than these sixteen.
    Session& session;
    const RidPtr rid;              ///< client-form ([CID-5])
    const cache::ThrottleId tree;  ///< the client request that created it ([THR-7])
    RememberedAccess access;

    LocalName* name = nullptr;          ///< never null in a session
    LocalResource* resource = nullptr;  ///< null unless loaded from the cache and not deleted there
    std::uint32_t name_index = 0;
    std::uint32_t resource_index = 0;
    std::uint32_t access_epoch = 0;  ///< counts invalidations of access ([REV-5])
    std::uint16_t direct = 0;        ///< [CNT-1]; at most 256

    Edges references;
    Parents parents;  ///< each once, however often it refers to this

    /// Room for one in place: most are waited for by the message that asked for them.
    using Dependents = boost::container::small_vector<cache::Serial, 1>;

    /// What only few subscriptions have at a time: those that are being loaded or re-checked, hold
    /// events back, or failed.
    struct Rare {
        /// content(S) from the load to the delivery; null afterwards, for the client has it.
        res::ContentPtr content;
        cache::Serial joinable_access = 0;  ///< outstanding access request new needs join ([ACC-5])
        cache::Serial awaited = 0;  ///< what the hub's answer to Attach or TakeSnapshot will name
        EventQueue queue;           ///< events held back ([HLD-1])
        Dependents dependents;      ///< messages that wait for its load, in order
        PendingRequests pending;    ///< the client's, for this subscription
        res::Error error;           ///< of a failed load
        cache::Serial waiting_event = 0;  ///< the message that waits for added references
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
        if (rare_ && !rare_->content && rare_->joinable_access == 0 && rare_->awaited == 0 &&
            rare_->queue.empty() && rare_->dependents.empty() && rare_->pending.empty() &&
            rare_->waiting_event == 0 && !keeps_error() && !restarted)
            rare_.reset();
    }

    /// content(S), null once it is delivered.
    const res::Content* content() const { return rare_ ? rare_->content.get() : nullptr; }

    cache::Serial joinable_access() const { return rare_ ? rare_->joinable_access : 0; }

    cache::Serial awaited() const { return rare_ ? rare_->awaited : 0; }

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
        return state == State::failed || (state == State::deleted && !rare_->pending.empty());
    }

    std::unique_ptr<Rare> rare_;
};

using SubscriptionPtr = boost::intrusive_ptr<Subscription>;

/// One in place: most names and resources are private, or very popular.
using Subscriptions = boost::container::small_vector<Subscription*, 1>;

/// A resource name in use on a loop, with the subscriptions of all its sessions.
struct LocalName : TableHook {
    explicit LocalName(std::string_view name) : text_(name) {}

    std::string_view text() const { return text_.view(); }

    Subscriptions subscriptions;

  private:
    const Text text_;
};

/// A resource in the cache that subscriptions of a loop are attached to. While its events are
/// handed out, places of those that leave are emptied, not removed.
struct LocalResource : TableHook {
    explicit LocalResource(cache::ResourceId resource) : id(resource) {}

    struct IdOf {
        using type = cache::ResourceId;

        type operator()(const LocalResource& resource) const { return resource.id; }
    };

    const cache::ResourceId id;
    Subscriptions subscribers;
    bool dispatching = false;
    bool has_gaps = false;  ///< some left during this dispatch
};

}  // namespace resgate::session
