#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "base/frame.h"
#include "base/frame_stock.h"
#include "base/log.h"
#include "cache/event.h"
#include "cache/messages.h"
#include "res/error.h"
#include "res/service_message.h"
#include "session/subscription.h"

/// What is under way in a session.
namespace resgate::session {

/// Gets the root of a loaded graph, or the error the request fails with.
using GetHandler = std::function<void(const res::Result<const Subscription*>&)>;
/// Gets what the service answered, or the error the request fails with.
using CallHandler = std::function<void(const res::Result<res::CallResult>&)>;

/// What becomes of a request for HTTP after a reply to it.
enum class Next : std::uint8_t { proceed, stop };
/// Is shown the meta of each access and call reply for a request, before anything follows from the
/// reply. If it says stop, nothing does ([HTTP-105]).
using MetaHandler = std::function<Next(const res::Meta&)>;
/// Gets the meta of an auth reply; empty if there was none.
using AuthHandler = std::function<void(const res::Meta&)>;

/// The auth method of a header authentication ([HTTP-70], [WS-21]).
struct AuthMethod {
    std::string name;  ///< of the resource; may contain the tag
    std::string method;
};

/// A request of the client that is not answered yet.
struct Request {
    enum class Kind : std::uint8_t {
        subscribe,
        get,
        resource_response,
        call,
        new_,
        auth,
        header_auth
    };

    Kind kind = Kind::subscribe;
    std::uint64_t id = 0;  ///< the client's
    cache::Serial serial = 0;
    std::string rid;                    ///< client-form; of a resource response as in the reply
    std::string method;                 ///< of call, new and auth
    std::optional<std::string> params;  ///< raw JSON
    SubscriptionPtr subscription;       ///< of subscribe, get and resource response
    cache::Serial waiting = 0;          ///< its `Waiting`, once access is granted
    std::uint32_t place = 0;            ///< among the `PendingRequests` of the subscription
    /// Its direct count was taken away already, and is not given back a second time ([CNT-4]).
    bool count_is_gone = false;
    /// It joined a re-check that revokes, whose outcome answers it ([REV-3]).
    bool joined_revocation = false;
    GetHandler get_handler;  ///< set for requests of the HTTP API
    CallHandler call_handler;
    MetaHandler meta_handler;
    AuthHandler auth_handler;

    /// About how many bytes of memory it takes until it is answered, here and at the hub, with what
    /// it asks of services.
    std::size_t footprint() const {
        constexpr std::size_t elsewhere = 256;
        return sizeof(Request) + elsewhere + rid.size() + method.size() +
               (params ? params->size() : 0);
    }

    std::size_t counted = 0;  ///< what it adds to `Work::request_bytes`
};

/// A request that is answered now: it stays where it was while it was under way.
using Requests = std::map<cache::Serial, Request>;
using RequestNode = Requests::node_type;

/// An access request that is not answered yet ([ACC-5]).
struct AccessRequest {
    cache::Serial serial = 0;
    SubscriptionPtr subscription;  ///< null for a call without subscription ([ACC-7])
    std::uint32_t epoch = 0;       ///< of the subscription when it was sent ([REV-5])
    bool recheck = false;
    bool for_client = false;  ///< made for a request of the client, and so counted
    /// Requests, in the order they asked. Room for one in place: hardly ever are there more.
    boost::container::small_vector<cache::Serial, 1> waiting;

    /// About how many bytes of memory it takes until it is answered, here and at the hub. It may
    /// outlast the requests it was made for.
    static constexpr std::size_t footprint = 512;
};

/// A message that waits until everything it would deliver is ready ([LOD-5]): the answer to a
/// request, or an event that adds references.
struct Waiting {
    cache::Serial serial = 0;
    cache::Serial request = 0;     ///< 0 for an event
    SubscriptionPtr subscription;  ///< of the event
    cache::EventPtr event;
    std::vector<SubscriptionPtr> starts;  ///< where the set begins
    std::size_t unready = 0;              ///< number of dependents lists it stands in
    boost::unordered_flat_set<SubscriptionPtr> reached;
};

/// The tables of a session that is busy; an idle one has none. They are ordered ones, for mostly
/// they hold a single element, and then they are the cheapest.
struct Work {
    Requests requests;
    /// Footprint of `requests`, and of the access requests made for them.
    std::size_t request_bytes = 0;
    std::size_t event_bytes = 0;  ///< footprint of the events held back
    std::map<cache::Serial, AccessRequest> accesses;
    std::map<cache::Serial, Waiting> waiting;
    /// Started over, and not delivered since ([DEL-5]).
    std::vector<SubscriptionPtr> started_over;
    /// A message ended without being sent: what it started over may have to become as it was.
    bool message_ended = false;

    bool empty() const {
        return requests.empty() && accesses.empty() && waiting.empty() && started_over.empty() &&
               event_bytes == 0;
    }
};

/// The frames one event is sent in: the hub's own, and those for other spellings of the rid and for
/// legacy clients, made when first needed and then shared as well.
class EventFrames {
  public:
    EventFrames(const cache::Event& event, const Log& log)
        : event_(event),
          stock_(*event.frame()),
          only_sent_(event.kind() != cache::Event::Kind::deletion && !event.touches_references() &&
                     !log.enabled(LogLevel::trace)) {}

    const cache::Event& event() const { return event_; }

    /// Whether a session that holds nothing back has only to send it, and leaves no trace of that.
    bool only_sent() const { return only_sent_; }

    /// Whether legacy clients get a frame of their own.
    bool differs_for_legacy() const { return event_.differs_for_legacy(); }

    FramePtr frame(const Subscription& subscription, bool legacy) {
        if (subscription.plain_rid && !(legacy && differs_for_legacy()))
            return stock_.take();
        return variant(*subscription.rid, legacy && differs_for_legacy());
    }

  private:
    struct Variant {
        const Rid* rid;
        bool legacy;
        FramePtr frame;
    };

    FramePtr variant(const Rid& rid, bool legacy);

    const cache::Event& event_;
    FrameStock stock_;  ///< of the hub's own
    const bool only_sent_;
    std::vector<Variant> variants_;
};

}  // namespace resgate::session
