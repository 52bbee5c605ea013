#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_set.hpp>

#include "base/table.h"
#include "base/text.h"
#include "base/timers.h"
#include "cache/bus.h"
#include "cache/context.h"
#include "cache/messages.h"
#include "cache/resource.h"

namespace resgate::cache {

/// Everything the cache knows about one resource name ([ENT-1]). Hub thread.
///
/// Invariants: the use count ([ENT-3]) is the number of subscriptions attached or waiting plus the
/// requests in flight. While it is 0 the linger timer runs, and the entry ends with it. While the
/// name is locked ([QEV-1]) everything that takes effect on it waits in `deferred`, in the order
/// of arrival; if that becomes too much, the lock is given up ([QEV-6]).
///
/// A method that gives back a use may end the entry, and says so.
class Entry final : public TableHook, private Bus::Subscriber {
  public:
    Entry(Context& context, std::string_view name) : context_(context), name_(name) {}

    ~Entry();

    std::string_view name() const { return name_.view(); }

    std::size_t uses() const { return uses_; }

    /// Serves a need for the resource with that query ([FET-1]). May end the entry.
    void attach(LoopIndex loop, Attach&& need);
    /// A subscription of that resource was disposed ([ENT-5]). May end the entry.
    void detach(LoopIndex loop, ResourceId resource);
    /// Answers with the content as of now; not at all if the resource has left the cache.
    void take_snapshot(LoopIndex loop, const TakeSnapshot& request);
    /// Sends an access, call or auth request; its outcome takes effect in the order of the name.
    void request(LoopIndex loop, const ServiceRequest& request);
    /// Resets every resource of the entry ([RST-1]).
    void reset(ThrottleId reset);

    bool is_locked() const { return queries_ && queries_->lock; }

    /// Demands re-checks of all subscriptions of the name ([REV-1]).
    void reset_access(ThrottleId reset);

  private:
    /// Held by the requests of a query event, to tell whether the entry still exists ([QEV-2]).
    struct Lock {
        Entry* entry = nullptr;
        boost::unordered_flat_set<ResourceId> unsettled;  ///< whose requests are not answered
    };

    /// What waits for the end of a lock.
    struct Deferred {
        std::function<void()> action;
        std::size_t bytes = 0;  ///< about what it takes
    };

    /// What only names have whose resources are asked for with queries.
    struct Queries {
        std::map<std::string, Resource, std::less<>> resources;
        std::map<std::string, Resource*, std::less<>> aliases;  ///< [NRM-3]; "" is [NRM-4]
        std::shared_ptr<Lock> lock;
        std::deque<Deferred> deferred;
        std::size_t deferred_bytes = 0;

        bool empty() const {
            return resources.empty() && aliases.empty() && !lock && deferred.empty();
        }
    };

    // entry.cpp: uses, resources and fetching

    void retain();
    void release(std::size_t uses = 1);
    void release_without_trace(std::size_t uses = 1);

    /// Keeps the entry while something takes effect that may give back its last use. No use itself:
    /// the linger timer runs on.
    void pin() { ++uses_; }

    /// May end the entry.
    void unpin();
    void linger_if_unused();
    void end();
    /// `bytes`: of the texts that `action` holds on. False if it waits now.
    template <typename Action>
    bool when_unlocked(std::size_t bytes, Action&& action);

    bool make_event_subscription();
    void cancel_event_subscription();
    Resource* find(std::string_view query);
    Resource& create(std::string_view query);
    Resource& put_in(Resource&& resource);
    Resource take_out(Resource& resource);
    Queries& queries();
    void tidy_queries();
    void fetch(ResourceId id, ThrottleId tree);
    void on_fetched(ResourceId id, Outcome&& outcome);
    void fail(Resource& resource, const res::Error& error);
    void load(Resource& requested, res::Content::Ptr content, std::string_view query);
    void deliver(Resource& resource, WaitingSubscription to);
    std::string rid_of(const Resource& resource) const;
    /// Of the name; valid until the next one is made.
    std::string_view subject(std::string_view prefix, std::string_view suffix) const;

    std::string_view get_subject() const { return subject("get.", {}); }

    std::string_view event_subject() const { return subject("event.", ".*"); }

    // entry_events.cpp: what services say about the name

    void on_message(std::string_view subject, std::string_view payload) override;
    void handle_event(std::string_view event, std::string_view payload);
    /// May end the entry if the event is `delete`.
    void apply_event(Resource& resource, std::string_view event, json::Value payload);
    void publish(const Resource& resource, const EventPtr& event);
    void replace_content(Resource& resource, res::Content::Ptr content);
    /// May end the entry.
    void delete_resource(Resource& resource, std::string_view payload);
    void reaccess(ResourceId resource, ThrottleId reset = 0);

    // entry_queries.cpp: query events and the lock

    void handle_query_event(std::string_view payload);
    void on_query_reply(ResourceId id, Outcome&& outcome);
    /// May end the entry.
    void apply_query_reply(ResourceId id, std::string_view payload);
    void unlock();
    /// Called after something was deferred, so that it does not become too much. May end the entry.
    void bound_deferred();

    // entry_reset.cpp

    void reset_resource(Resource& resource, ThrottleId reset);
    static void send_reset_get(Context& context, ResourceId id, ThrottleId reset);
    /// Both may end the entry.
    void on_reset_reply(ResourceId id, const Outcome& outcome);
    void reset_failed(ResourceId id, std::string_view reason);

    Context& context_;
    const Text name_;
    std::size_t uses_ = 0;
    TimerId linger_ = TimerId::none;
    std::optional<Resource> base_;      ///< the one without a query
    std::unique_ptr<Queries> queries_;  ///< null if it would be empty
};

/// All entries, by name ([CTR-1]). Owns them; an entry that ends takes itself out.
class Entries {
  public:
    Entries() = default;
    Entries(const Entries&) = delete;
    Entries& operator=(const Entries&) = delete;

    ~Entries() {
        table_.clear_and_dispose([](Entry* entry) { delete entry; });
    }

    std::size_t size() const { return table_.size(); }

    auto begin() { return table_.begin(); }

    auto end() { return table_.end(); }

    Entry& find_or_create(Context& context, std::string_view name) {
        return table_.find_or_insert(name, [&]() -> Entry& { return *new Entry(context, name); });
    }

    void remove(Entry& entry) {
        table_.erase(entry);
        delete &entry;
    }

  private:
    struct NameOf {
        using type = std::string_view;

        type operator()(const Entry& entry) const { return entry.name(); }
    };

    Table<Entry, NameOf> table_;
};

template <typename Action>
bool Entry::when_unlocked(std::size_t bytes, Action&& action) {
    if (!is_locked()) {
        action();
        return true;
    }
    constexpr std::size_t overhead = sizeof(Deferred) + sizeof(Action) + 32;
    queries_->deferred.push_back({std::forward<Action>(action), overhead + bytes});
    queries_->deferred_bytes += overhead + bytes;
    return false;
}

}  // namespace resgate::cache
