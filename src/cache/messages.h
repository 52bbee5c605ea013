#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "cache/bus.h"
#include "cache/cid.h"
#include "cache/event.h"
#include "res/content.h"
#include "res/error.h"
#include "res/pattern.h"

/// Everything that crosses between the hub and the loops that own sessions, as values and immutable
/// shared data. Both directions keep order; that is what the ordering rules of 40.2 rest on.
namespace resgate::cache {

/// Names a cached resource for as long as the process lives; never reused.
enum class ResourceId : std::uint64_t { none = 0 };

/// Names a subscription or request of one loop; never reused there.
using Serial = std::uint64_t;

/// Names the budget of a client request's tree ([THR-5]), or of a system.reset ([THR-1]); 0 = none.
using ThrottleId = std::uint64_t;

// From a loop to the hub.

/// A new subscription needs its resource ([FET-1]); answered by Loaded or LoadFailed.
struct Attach {
    Serial subscription = 0;
    std::string name;   ///< tag replaced
    std::string query;  ///< tag replaced
    ThrottleId tree = 0;
};

/// A loaded subscription was disposed ([ENT-5]).
struct Detach {
    ResourceId resource = ResourceId::none;
};

/// A subscription that dropped its snapshot needs the content again; answered by Snapshot, or by
/// the deletion event that is under way.
struct TakeSnapshot {
    Serial subscription = 0;
    ResourceId resource = ResourceId::none;
};
enum class RequestKind : std::uint8_t { access, call, auth, token_reset };

/// A request to a service; answered by ServiceReply.
struct ServiceRequest {
    Serial request = 0;
    RequestKind kind = RequestKind::access;
    std::uint32_t name_begin = 0;
    std::uint32_t name_size = 0;
    std::uint32_t subject_size = 0;
    std::string text;      ///< the subject, and the payload behind it: one block of memory
    ThrottleId reset = 0;  ///< the slot it was given, for a re-check of a reset ([THR-3])

    /// Of the resource, for its cache entry ([ENT-2]): a part of the subject.
    std::string_view name() const { return std::string_view(text).substr(name_begin, name_size); }

    std::string_view subject() const { return std::string_view(text).substr(0, subject_size); }

    std::string_view payload() const { return std::string_view(text).substr(subject_size); }
};

/// A re-check wants a slot of a reset's budget; answered by ThrottleTurn.
struct QueueRecheck {
    ThrottleId reset = 0;
    Serial subscription = 0;
};

/// The slot is not needed any more ([THR-3]).
struct ThrottlePass {
    ThrottleId reset = 0;
};

using HubCommand =
    std::variant<Attach, Detach, TakeSnapshot, ServiceRequest, QueueRecheck, ThrottlePass>;

// From the hub to a loop.

/// The resource of a subscription, as of this place in the stream of its events ([LOD-2]).
struct Loaded {
    Serial subscription = 0;
    ResourceId resource = ResourceId::none;
    std::string query;  ///< normalized; events' frames are made for name and this query
    res::ContentPtr content;
};

struct LoadFailed {
    Serial subscription = 0;
    res::Error error;
};

struct Snapshot {
    Serial subscription = 0;
    res::ContentPtr content;
};

struct ResourceEvent {
    ResourceId resource = ResourceId::none;
    EventPtr event;
};

/// Access is to be checked again ([REV-1]) for all subscriptions of a name, or, if `resource` is
/// given, for those of this resource.
struct Reaccess {
    std::string name;
    ResourceId resource = ResourceId::none;
    ThrottleId reset = 0;  ///< of the system.reset that demands it, if it is limited
};

/// Access of all names that match is to be checked again, but not of the locked ones: each of them
/// is told when its turn comes, by Reaccess ([QEV-1]).
struct AccessReset {
    std::shared_ptr<const std::vector<res::Pattern>> patterns;
    std::shared_ptr<const std::unordered_set<std::string>> locked;  ///< null if there are none
    ThrottleId reset = 0;                                           ///< 0 = unlimited
};

struct ServiceReply {
    Serial request = 0;
    Outcome outcome;
};

/// The re-check may send its request now, or else must pass.
struct ThrottleTurn {
    ThrottleId reset = 0;
    Serial subscription = 0;
};

/// For a session that the loop may have ([COE-1]): its cid says so.
struct TokenMessage {
    Cid cid;
    std::string payload;
};

struct TokenResetMessage {
    std::shared_ptr<const std::vector<std::string>> tids;
    std::string subject;
};

using LoopMessage = std::variant<Loaded, LoadFailed, Snapshot, ResourceEvent, Reaccess, AccessReset,
                                 ServiceReply, ThrottleTurn, TokenMessage, TokenResetMessage>;

/// The hub's way to the loops. Called on the hub's thread.
class LoopPort {
  public:
    virtual void post(LoopIndex loop, LoopMessage&& message) = 0;

  protected:
    ~LoopPort() = default;
};

/// A loop's way to the hub. Called on the loop's thread.
class HubPort {
  public:
    virtual void post(HubCommand&& command) = 0;

  protected:
    ~HubPort() = default;
};

}  // namespace resgate::cache
