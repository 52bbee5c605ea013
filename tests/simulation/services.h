#pragma once

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/core.h"

namespace resgate::simulation {

using test::Core;
using test::Json;
using test::ServiceCall;

/// Draws everything that is random in a run.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    std::size_t below(std::size_t bound) { return engine_() % bound; }

    bool chance(unsigned percent) { return below(100) < percent; }

    template <typename Items>
    const auto& pick(const Items& items) {
        return items[below(items.size())];
    }

  private:
    std::mt19937_64 engine_;
};

/// The services: they own resources that refer to each other in any way, and change, delete and
/// create them. `r…` are ordinary ones, `q…` have queries, of which `a=<digit>` matters, and
/// `u.<cid>` belongs to one connection.
///
/// A request is served at the moment it is answered, so what was published before is in the answer.
class Services {
  public:
    Services(Core& core, Dice& dice, bool trace);

    /// Any rid that a client may ask for.
    std::string any_rid();
    /// The content of a resource as clients see it, null if there is none. The rid with the cid.
    Json content(const std::string& rid) const;

    /// Changes something and says so, or has access checked, or resets.
    void act(const std::vector<std::string>& cids);
    /// Answers or leaves unanswered a request. `late`: nobody waits for the answer any more.
    void serve(const ServiceCall& call, bool late);

    /// From now on everything succeeds.
    void calm_down() { calm_ = true; }

    bool is_calm() const { return calm_; }

    /// Whether some of these services send what is no valid event or reply. The gateway must log it
    /// (10.10) and otherwise carry on.
    bool are_faulty() const { return faulty_; }

    /// Whether the connection with its latest token must not read the resource: then a subscription
    /// does not outlast the re-check that came with the token ([COE-5], [REV-3]).
    bool forbids(const std::string& cid, const std::string& rid) const;

    /// Resets what may be out of date, as a query request was not answered ([QRY-12]).
    void reset_outdated();

  private:
    struct Resource {
        Json content;  ///< null = not there
        std::uint64_t version = 0;
        std::uint64_t told_in_full = 0;  ///< version of the latest query reply with the whole state
        std::vector<std::string> untold;  ///< query events with changes not told of yet, by subject
    };

    struct Recorded {
        std::uint64_t version;
        Json event;
    };

    using QueryEvent = std::map<std::string, std::vector<Recorded>>;

    void give_token(const std::string& cid);
    void publish_nonsense(const std::vector<std::string>& cids);
    bool replies_nonsense(const ServiceCall& call);
    void publish(const std::string& subject, const std::string& payload = {});
    void reply(const ServiceCall& call, std::string_view payload);
    static std::string key_of(const std::string& rid);
    Json any_value();
    Json any_content(bool is_model);
    /// Changes the resource; returns the events that say so.
    Json mutate(Resource& resource);
    void publish_query_event(const std::string& name);
    std::string get_reply(const ServiceCall& call);
    void serve_query(const ServiceCall& call, bool late);
    void renew_token(const ServiceCall& call);
    void serve_access(const ServiceCall& call);
    void serve_call(const ServiceCall& call);

    Core& core_;
    Dice& dice_;
    const bool trace_;
    const bool faulty_;
    bool calm_ = false;
    std::map<std::string, Resource> resources_;
    std::map<std::string, QueryEvent> query_events_;
    std::set<std::string> outdated_;
    std::map<std::string, std::size_t> tokens_;  ///< by cid
    std::uint64_t last_subject_ = 0;
};

}  // namespace resgate::simulation
