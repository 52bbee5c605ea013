#include "cache/resource.h"

#include <iterator>
#include <numeric>

#include "base/limits.h"
#include "res/difference.h"
#include "res/service_message.h"

namespace resgate::cache {

namespace {

EventFault fault(std::string_view event, std::string_view rid, std::string_view reason) {
    std::string text = "Invalid ";
    text += event;
    text += " event on ";
    text += rid;
    text += ": ";
    text += reason;
    return EventFault{std::move(text)};
}

/// The changes that make one model the other, deletions first. Both are sorted by key, and so
/// walked side by side.
std::vector<PropertyChange> differing_properties(const res::Content& before,
                                                 const res::Content& after) {
    std::vector<PropertyChange> deleted;
    std::vector<PropertyChange> set;
    std::size_t old = 0;
    std::size_t now = 0;
    while (old < before.size() || now < after.size()) {
        const int order = old == before.size()  ? 1
                          : now == after.size() ? -1
                                                : before.key(old).compare(after.key(now));
        if (order < 0) {
            deleted.push_back(
                {std::string(before.key(old)), res::Value(before.value(old)), std::nullopt});
            ++old;
            continue;
        }
        const res::ValueView value = after.value(now);
        if (order > 0) {
            set.push_back({std::string(after.key(now)), std::nullopt, res::Value(value)});
        } else {
            if (!res::equal(before.value(old), value))
                set.push_back({std::string(after.key(now)), res::Value(before.value(old)),
                               res::Value(value)});
            ++old;
        }
        ++now;
    }
    if (deleted.empty())
        return set;
    deleted.insert(deleted.end(), std::make_move_iterator(set.begin()),
                   std::make_move_iterator(set.end()));
    return deleted;
}

}  // namespace

std::size_t LoopCounts::sum() const {
    return many_ ? std::accumulate(many_.get(), many_.get() + loops_, std::size_t{0}) : single_;
}

Applied Resource::apply(std::string_view rid, std::string_view event_name, json::Value payload,
                        bool& legacy_change) {
    legacy_change = false;
    if (event_name == "change")
        return apply_change(rid, payload, legacy_change);
    if (event_name == "add")
        return apply_add(rid, payload);
    if (event_name == "remove")
        return apply_remove(rid, payload);
    return Event::other(rid, event_name, payload.text);
}

Applied Resource::apply_change(std::string_view rid, json::Value payload, bool& legacy) {
    if (!is_model())
        return fault("change", rid, "resource is a collection");  // [SEV-8]
    const auto decoded = res::decode_change(payload);
    if (!decoded)
        return fault("change", rid, decoded.error().message);
    legacy = decoded->legacy;

    std::vector<PropertyChange> changes;
    for (const res::PropertyUpdate& update : decoded->values) {
        const auto before = content_->find(update.key);
        const bool deletes = update.value.kind == res::ValueKind::delete_action;
        if (deletes ? !before : before && res::equal(*before, update.value))
            continue;
        PropertyChange change{update.key, std::nullopt, std::nullopt};
        if (before)
            change.before.emplace(*before);
        if (!deletes)
            change.after.emplace(update.value);
        changes.push_back(std::move(change));
    }
    if (changes.empty())
        return EventPtr();
    for (const PropertyChange& change : changes) {
        if (change.after)
            res::Content::set(content_, change.key, *change.after);
        else
            res::Content::erase(content_, change.key);
    }
    return Event::change(rid, std::move(changes));
}

Applied Resource::apply_add(std::string_view rid, json::Value payload) {
    if (is_model())
        return fault("add", rid, "resource is a model");  // [SEV-11]
    const auto decoded = res::decode_add(payload);
    if (!decoded)
        return fault("add", rid, decoded.error().message);
    if (decoded->index < 0 || static_cast<std::uint64_t>(decoded->index) > content_->size())
        return fault("add", rid, "index out of bounds");  // [SEV-12]
    const auto index = static_cast<std::size_t>(decoded->index);
    res::Content::insert(content_, index, decoded->value);
    return Event::add(rid, index, res::Value(decoded->value));
}

Applied Resource::apply_remove(std::string_view rid, json::Value payload) {
    if (is_model())
        return fault("remove", rid, "resource is a model");  // [SEV-14]
    const auto decoded = res::decode_remove(payload);
    if (!decoded)
        return fault("remove", rid, decoded.error().message);
    if (*decoded < 0 || static_cast<std::uint64_t>(*decoded) >= content_->size())
        return fault("remove", rid, "index out of bounds");  // [SEV-15]
    const auto index = static_cast<std::size_t>(*decoded);
    res::Value removed(content_->value(index));
    res::Content::remove(content_, index);
    return Event::remove(rid, index, std::move(removed));
}

std::vector<EventPtr> Resource::replace(std::string_view rid, res::Content::Ptr content) {
    std::vector<EventPtr> events;
    if (content_->text() == content->text())
        return events;
    if (is_model()) {
        std::vector<PropertyChange> changes = differing_properties(*content_, *content);
        if (changes.empty())
            return events;
        events.push_back(Event::change(rid, std::move(changes)));
    } else {
        const res::CollectionDifference steps = res::difference(*content_, *content);
        for (const std::size_t index : steps.removed)
            events.push_back(Event::remove(rid, index, res::Value(content_->value(index))));
        for (const std::size_t index : steps.added)
            events.push_back(Event::add(rid, index, res::Value(content->value(index))));
        if (events.empty())
            return events;
    }
    // Equal values may be spelled differently; who undoes an event must find what it added.
    content_ = std::move(content);
    return events;
}

void Resource::set_aside(SetAside event) {
    Reset& reset = *reset_;
    if (reset.overflowed)
        return;
    reset.bytes += event.payload.size();
    if (reset.events.size() >= Limits::set_aside_events || reset.bytes > Limits::set_aside_bytes)
        return overflow_reset();
    reset.events.push_back(std::move(event));
}

void Resource::overflow_reset() {
    reset_->overflowed = true;
    reset_->events.clear();
    reset_->events.shrink_to_fit();
}

}  // namespace resgate::cache
