#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "support/core.h"

namespace resgate::simulation {

using test::Json;

/// The gateway broke a promise.
class Violation : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What a client knows, kept the way client libraries do: it holds what it subscribed to and what
/// can be reached from there by references it was told about, and drops everything else at once
/// ([GCO-5]). Every message is checked against that.
class ClientModel {
  public:
    enum class Kind : std::uint8_t { subscribe, get, unsubscribe, call };

    /// What a client of an older version is sent differently (20.13).
    struct Legacy {
        bool values = false;   ///< substitutes for soft references and data values ([LEG-3])
        bool results = false;  ///< results of calls as they are, without subscription ([LEG-1])
    };

    explicit ClientModel(Legacy legacy) : legacy_(legacy) {}

    struct Resource {
        Json content;  ///< an error object if `failed`
        bool failed = false;
        bool deleted = false;
    };

    void sent(std::uint64_t id, Kind kind, std::string rid, unsigned count = 1);
    /// A message from the gateway. Throws a Violation if it must not come, or not so.
    void receive(const Json& message);

    /// Number of answered subscribes of that rid that still stand.
    unsigned direct(const std::string& rid) const;

    const std::map<std::string, unsigned>& directs() const { return direct_; }

    const std::map<std::string, Resource>& resources() const { return resources_; }

    /// Those reached without passing a deleted resource, whose references may be outdated
    /// ([DEL-5]).
    std::set<std::string> certain() const { return reachable(false); }

    /// A content as this client is sent it.
    Json as_sent(Json content) const;

    std::size_t unanswered() const { return requests_.size(); }

    /// Their ids and rids.
    /// An answer did not tell whether a subscription remains: a resource response says of a
    /// time-out neither that of the load nor that of the access ([CCL-6]).
    bool ambiguous() const { return ambiguous_; }

    std::string describe_unanswered() const;

  private:
    struct Request {
        Kind kind;
        std::string rid;
        unsigned count;
    };

    void receive_response(const Json& message);
    void receive_event(const std::string& rid, const std::string& event, const Json& data);
    void take_set(const Json& set);
    void change(Resource& resource, const Json& values);
    void end_pending(const std::string& rid);
    std::set<std::string> reachable(bool through_deleted) const;
    void check_and_collect(const Json& set);

    Legacy legacy_;
    std::map<std::string, Resource> resources_;
    std::map<std::string, unsigned> direct_;
    std::map<std::string, unsigned> pending_;
    std::map<std::uint64_t, Request> requests_;
    std::size_t calls_ = 0;
    bool ambiguous_ = false;
};

/// The rid if the value is a hard reference, else empty.
std::string reference_of(const Json& value);

}  // namespace resgate::simulation
