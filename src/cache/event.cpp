#include "cache/event.h"

#include "res/client_message.h"
#include "ws/codec.h"

namespace resgate::cache {

namespace {

bool is_reference(const std::optional<res::Value>& value) {
    return value && value->kind == res::ValueKind::reference;
}

void append_value(std::string& out, const res::Value& value, bool legacy) {
    if (legacy)
        res::append_legacy_value(out, value);
    else
        out += value.text;
}

}  // namespace

void Event::note(const std::optional<res::Value>& before, const std::optional<res::Value>& after) {
    adds_references_ |= is_reference(after);
    touches_references_ |= is_reference(before) || is_reference(after);
    differs_for_legacy_ |= after && (after->kind == res::ValueKind::soft_reference ||
                                     after->kind == res::ValueKind::data);
}

void Event::make_frame(std::string_view rid) {
    FrameBuilder builder;
    res::append_event(builder.text(), rid, name_, data(false));
    frame_ = ws::text_frame(std::move(builder));
}

EventPtr Event::change(std::string_view rid, std::vector<PropertyChange> changes) {
    boost::intrusive_ptr<Event> event(new Event(Kind::change, "change"));
    for (const PropertyChange& change : changes)
        event->note(change.before, change.after);
    event->changes_ = std::move(changes);
    event->make_frame(rid);
    return event;
}

EventPtr Event::add(std::string_view rid, std::size_t index, res::Value value) {
    boost::intrusive_ptr<Event> event(new Event(Kind::add, "add"));
    event->note(std::nullopt, value);
    event->index_ = index;
    event->value_ = std::move(value);
    event->make_frame(rid);
    return event;
}

EventPtr Event::remove(std::string_view rid, std::size_t index, res::Value removed) {
    boost::intrusive_ptr<Event> event(new Event(Kind::remove, "remove"));
    event->note(removed, std::nullopt);
    event->index_ = index;
    event->value_ = std::move(removed);
    event->make_frame(rid);
    return event;
}

EventPtr Event::deletion(std::string_view rid, std::string_view payload, res::ContentPtr last) {
    boost::intrusive_ptr<Event> event(new Event(Kind::deletion, "delete"));
    event->payload_ = payload;
    event->last_content_ = std::move(last);
    event->make_frame(rid);
    return event;
}

EventPtr Event::other(std::string_view rid, std::string_view name, std::string_view payload) {
    boost::intrusive_ptr<Event> event(new Event(Kind::other, name));
    event->payload_ = payload;
    event->make_frame(rid);
    return event;
}

std::string Event::data(bool legacy) const {
    std::string out;
    switch (kind_) {
        case Kind::change:
            out = R"({"values":{)";
            for (const PropertyChange& change : changes_) {
                if (&change != &changes_.front())
                    out += ',';
                out += '"';
                out += change.key;
                out += "\":";
                if (change.after)
                    append_value(out, *change.after, legacy);
                else
                    out += res::delete_action_text;
            }
            out += "}}";
            break;
        case Kind::add:
            out = R"({"idx":)" + std::to_string(index_) + R"(,"value":)";
            append_value(out, value_, legacy);
            out += '}';
            break;
        case Kind::remove:
            out = R"({"idx":)" + std::to_string(index_) + '}';
            break;
        case Kind::deletion:
        case Kind::other:
            out = payload_;
            break;
    }
    return out;
}

std::size_t Event::footprint() const {
    constexpr std::size_t frame_overhead = sizeof(Frame) + 16;
    std::size_t bytes = sizeof(Event) + frame_overhead + frame_->wire().size() + name_.size() +
                        payload_.size() + value_.text.size();
    for (const PropertyChange& change : changes_) {
        bytes += sizeof(PropertyChange) + change.key.size();
        bytes += change.before ? change.before->text.size() : 0;
        bytes += change.after ? change.after->text.size() : 0;
    }
    return bytes + (last_content_ ? last_content_->text().size() : 0);
}

void Event::undo(res::Content::Ptr& content) const {
    switch (kind_) {
        case Kind::change:
            for (const PropertyChange& change : changes_) {
                if (change.before)
                    res::Content::set(content, change.key, *change.before);
                else
                    res::Content::erase(content, change.key);
            }
            break;
        case Kind::add:
            res::Content::remove(content, index_);
            break;
        case Kind::remove:
            res::Content::insert(content, index_, value_);
            break;
        case Kind::deletion:
        case Kind::other:
            break;
    }
}

}  // namespace resgate::cache
