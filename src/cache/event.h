#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "base/frame.h"
#include "res/content.h"
#include "res/service_message.h"
#include "res/value.h"

namespace resgate::cache {

/// A change of one property that really happened ([UPD-4]). Nothing = the property did not exist
/// before, or does not any more.
struct PropertyChange {
    std::string key;
    std::optional<res::Value> before;
    std::optional<res::Value> after;
};

class Event;
using EventPtr = boost::intrusive_ptr<const Event>;

/// Something that took effect on a cached resource, or a custom event. Made once by the hub, shared
/// by all subscribers on all threads, immutable.
class Event : public boost::intrusive_ref_counter<Event, boost::thread_safe_counter> {
  public:
    enum class Kind : std::uint8_t { change, add, remove, deletion, other };

    // Each takes the rid of the resource with its normalized query, for which the frame is made.

    static EventPtr change(std::string_view rid, std::vector<PropertyChange> changes);
    static EventPtr add(std::string_view rid, std::size_t index, res::Value value);
    static EventPtr remove(std::string_view rid, std::size_t index, res::Value removed);
    /// `last`: the content when the resource was deleted.
    static EventPtr deletion(std::string_view rid, std::string_view payload, res::ContentPtr last);
    static EventPtr other(std::string_view rid, std::string_view name, std::string_view payload);

    Kind kind() const { return kind_; }

    /// Changes state: all but custom events.
    bool changes_content() const { return kind_ != Kind::other; }

    const std::vector<PropertyChange>& changes() const { return changes_; }

    std::size_t index() const { return index_; }

    /// The added or removed element.
    const res::Value& value() const { return value_; }

    const res::ContentPtr& last_content() const { return last_content_; }

    /// Whether a new value is a hard reference.
    bool adds_references() const { return adds_references_; }

    /// Whether a new or an old value is a hard reference.
    bool touches_references() const { return touches_references_; }

    /// The message for clients that know the resource by `rid` of the factory, without a resource
    /// set, at versions from 1.2.1; also for older ones unless `differs_for_legacy`.
    const FramePtr& frame() const { return frame_; }

    bool differs_for_legacy() const { return differs_for_legacy_; }

    /// The name and the `data` of the client event, without resource set ([EVT-1]); legacy: with
    /// the substitutions of [LEG-3].
    std::string_view name() const { return name_; }

    std::string data(bool legacy) const;

    /// About how many bytes of memory it takes.
    std::size_t footprint() const;

    /// Takes the event's effect back: `content` is its state after the event and becomes the state
    /// before ([SND-4]).
    void undo(res::Content::Ptr& content) const;

  private:
    Event(Kind kind, std::string_view name) : kind_(kind), name_(name) {}

    void note(const std::optional<res::Value>& before, const std::optional<res::Value>& after);
    void make_frame(std::string_view rid);

    Kind kind_;
    bool adds_references_ = false;
    bool touches_references_ = false;
    bool differs_for_legacy_ = false;
    std::string name_;
    std::string payload_;  ///< of deletions and custom events
    std::vector<PropertyChange> changes_;
    std::size_t index_ = 0;
    res::Value value_;
    res::ContentPtr last_content_;
    FramePtr frame_;
};

}  // namespace resgate::cache
