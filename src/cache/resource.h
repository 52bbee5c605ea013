#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>

#include "base/json.h"
#include "base/result.h"
#include "base/table.h"
#include "base/text.h"
#include "cache/event.h"
#include "cache/messages.h"
#include "res/content.h"

namespace resgate::cache {

/// A subscription of a loop that waits for the first get ([FET-1]).
struct WaitingSubscription {
    LoopIndex loop = 0;
    Serial subscription = 0;
};

/// Why an event was not applied: the text of the error-level record ([LOG-2] to [LOG-4]).
struct EventFault {
    std::string text;
};

/// What came of an event: nothing if it had no effect ([UPD-4]).
using Applied = Result<EventPtr, EventFault>;

class Entry;

/// A number for each loop; for the only one, in place.
class LoopCounts {
  public:
    explicit LoopCounts(LoopIndex loops)
        : many_(loops > 1 ? std::make_unique<std::uint32_t[]>(loops) : nullptr), loops_(loops) {}

    std::uint32_t& operator[](LoopIndex loop) { return many_ ? many_[loop] : single_; }

    std::uint32_t operator[](LoopIndex loop) const { return many_ ? many_[loop] : single_; }

    std::size_t sum() const;

  private:
    std::unique_ptr<std::uint32_t[]> many_;
    std::uint32_t single_ = 0;
    LoopIndex loops_;
};

/// A resource in the cache ([ENT-4]): its content, and who is subscribed to it. Hub thread.
class Resource : public TableHook {
  public:
    /// A resource whose first get is about to be sent. `query`: the requested one.
    Resource(Entry* owner, ResourceId id, std::string_view query, LoopIndex loops)
        : owner_(owner), id_(id), query_(query), subscribers_(loops) {}

    /// Of one that is in no table.
    Resource(Resource&&) = default;

    /// Whose it is.
    Entry* owner() const { return owner_; }

    ResourceId id() const { return id_; }

    /// The normalized query once loaded, the requested one while pending.
    std::string_view query() const { return query_.view(); }

    /// The reply to its first get named another, normalized query ([NRM-3]).
    void rename(std::string_view query) { query_ = Text(query); }

    bool is_loaded() const { return content_ != nullptr; }

    bool is_model() const { return content_->is_model(); }

    /// The get was answered.
    void load(res::Content::Ptr content) { content_ = std::move(content); }

    /// The content as of now, for others to keep.
    res::ContentPtr snapshot() const { return content_; }

    /// Applies a resource event of that name to the content ([UPD-1] to [UPD-6]). `payload` is null
    /// if there was none. Handles change, add and remove; everything else is a custom event.
    /// `legacy_change` is set if a change had the form of v1.0 ([SEV-10]).
    Applied apply(std::string_view rid, std::string_view event_name, json::Value payload,
                  bool& legacy_change);

    /// Replaces the content by that of a reset or query reply, which must be of the same type, and
    /// returns the events that lead there ([RST-7], [RST-8]).
    std::vector<EventPtr> replace(std::string_view rid, res::Content::Ptr content);

    /// Room for one in place: hardly ever are there more.
    using Waiting = boost::container::small_vector<WaitingSubscription, 1>;

    void add_waiting(WaitingSubscription subscription) {
        if (!waiting_)
            waiting_ = std::make_unique<Waiting>();
        waiting_->push_back(subscription);
    }

    /// Who waits for the first get, in order; nobody does afterwards.
    Waiting take_waiting() {
        const auto waiting = std::move(waiting_);
        return waiting ? std::move(*waiting) : Waiting();
    }

    /// Loaded subscriptions, by loop.
    const LoopCounts& subscribers() const { return subscribers_; }

    void add_subscriber(LoopIndex loop) { ++subscribers_[loop]; }

    void remove_subscriber(LoopIndex loop) { --subscribers_[loop]; }

    std::size_t subscriber_count() const { return subscribers_.sum(); }

    // What happens during a reset ([RST-6]).

    /// An event that came while the resource was being reset.
    struct SetAside {
        std::string event;    ///< name; empty for a query reply, which is set aside as a whole
        std::string payload;  ///< of the event or of the reply
    };

    struct Reset {
        std::vector<SetAside> events;
        std::size_t bytes = 0;
        bool overflowed = false;
    };

    bool is_resetting() const { return reset_ != nullptr; }

    void begin_reset() { reset_ = std::make_unique<Reset>(); }

    /// Events had to be dropped: only a get that succeeds can end this reset.
    bool reset_overflowed() const { return reset_ && reset_->overflowed; }

    void set_aside(SetAside event);

    /// What was set aside is dropped, with all that would be until the reset ends.
    void overflow_reset();

    std::unique_ptr<Reset> end_reset() { return std::move(reset_); }

  private:
    Applied apply_change(std::string_view rid, json::Value payload, bool& legacy);
    Applied apply_add(std::string_view rid, json::Value payload);
    Applied apply_remove(std::string_view rid, json::Value payload);

    Entry* owner_;
    ResourceId id_;
    Text query_;
    res::Content::Ptr content_;
    std::unique_ptr<Waiting> waiting_;  ///< null if nobody waits
    std::unique_ptr<Reset> reset_;
    LoopCounts subscribers_;
};

}  // namespace resgate::cache
