#include "res/content.h"

#include <algorithm>
#include <cassert>
#include <list>
#include <utility>

namespace resgate::res {

namespace {

/// A proper value, or the error that makes the whole message invalid ([VAL-2], [VAL-3]).
Result<ValueView> classify_proper(json::Value value) {
    auto classified = classify(value);
    if (classified && classified->kind == ValueKind::delete_action)
        return errors::internal("invalid service response");
    return classified;
}

/// Above this many bytes that nothing refers to any more, and as many as are in use, the texts are
/// written anew, so that a resource's memory stays within twice its size.
constexpr std::size_t dead_bytes_tolerated = 256;

}  // namespace

std::string canonical_key(const json::Member& member) {
    if (member.raw_key.find('\\') == std::string_view::npos)
        return std::string(member.raw_key);
    std::string quoted;
    json::append_string(quoted, member.key());
    return quoted.substr(1, quoted.size() - 2);
}

Result<boost::intrusive_ptr<Content>> Content::from_model(json::Value object) {
    struct Property {
        std::string_view key;
        json::Value value;
    };

    std::vector<Property> properties;
    std::list<std::string> rewritten_keys;  // those not written in their canonical escaping
    json::Members members(object);
    for (json::Member member; members.next(member);) {
        std::string_view key = member.raw_key;
        if (key.find('\\') != std::string_view::npos)
            key = rewritten_keys.emplace_back(canonical_key(member));
        properties.push_back({key, member.value});
    }
    const auto before = [](const Property& a, const Property& b) { return a.key < b.key; };
    if (!std::is_sorted(properties.begin(), properties.end(), before))
        std::stable_sort(properties.begin(), properties.end(), before);

    boost::intrusive_ptr<Content> content(new Content(ResourceType::model));
    std::string& text = content->text_;
    text.reserve(object.text.size());
    content->entries_.reserve(properties.size());
    text += '{';
    for (std::size_t i = 0; i < properties.size(); ++i) {
        const auto& [key, scanned] = properties[i];
        if (i + 1 < properties.size() && properties[i + 1].key == key)  // [JSN-5]
            continue;
        const auto value = classify_proper(scanned);
        if (!value)
            return value.error();
        if (text.size() > 1)
            text += ',';
        text += '"';
        Entry entry;
        entry.key_begin = static_cast<std::uint32_t>(text.size());
        entry.key_size = static_cast<std::uint32_t>(key.size());
        text += key;
        text += "\":";
        content->store_value(entry, *value);
        content->entries_.push_back(entry);
    }
    text += '}';
    text.shrink_to_fit();
    content->entries_.shrink_to_fit();
    content->compact_ = true;
    return content;
}

Result<boost::intrusive_ptr<Content>> Content::from_collection(json::Value array) {
    boost::intrusive_ptr<Content> content(new Content(ResourceType::collection));
    content->text_.reserve(array.text.size());
    json::Elements elements(array);
    json::Value element;
    while (elements.next(element)) {
        auto value = classify_proper(element);
        if (!value)
            return value.error();
        content->insert(content->size(), *value);
    }
    content->compact();
    return content;
}

std::string_view Content::key_of(const Entry& entry) const {
    return std::string_view(text_).substr(entry.key_begin, entry.key_size);
}

ValueView Content::value_of(const Entry& entry) const {
    return {static_cast<ValueKind>(entry.kind),
            std::string_view(text_).substr(entry.value_begin, entry.value_size)};
}

ValueView Content::value(std::size_t index) const {
    return value_of(entries_[index]);
}

std::string_view Content::key(std::size_t index) const {
    return key_of(entries_[index]);
}

std::vector<Content::Entry>::const_iterator Content::position(
    std::string_view canonical_key) const {
    return std::lower_bound(
        entries_.begin(), entries_.end(), canonical_key,
        [this](const Entry& entry, std::string_view key) { return key_of(entry) < key; });
}

std::optional<ValueView> Content::find(std::string_view canonical_key) const {
    assert(is_model());
    const auto found = position(canonical_key);
    if (found == entries_.end() || key_of(*found) != canonical_key)
        return std::nullopt;
    return value_of(*found);
}

std::string_view Content::text() const {
    assert(compact_);
    return text_;
}

void Content::append_legacy_text(std::string& out) const {
    out += is_model() ? '{' : '[';
    bool first = true;
    for (const Entry& entry : entries_) {
        if (!first)
            out += ',';
        first = false;
        if (is_model()) {
            out += '"';
            out += key_of(entry);
            out += "\":";
        }
        append_legacy_value(out, value_of(entry));
    }
    out += is_model() ? '}' : ']';
}

void Content::for_each_reference(const std::function<void(std::string&&)>& visit) const {
    if (!has_references())
        return;
    for (const Entry& entry : entries_) {
        const ValueView value = value_of(entry);
        if (value.is_reference())
            visit(rid_of(value));
    }
}

void Content::store_value(Entry& entry, ValueView value) {
    entry.value_begin = static_cast<std::uint32_t>(text_.size());
    entry.value_size = static_cast<std::uint32_t>(value.text.size()) & 0x1fffffff;
    entry.kind = static_cast<std::uint32_t>(value.kind) & 7;
    text_ += value.text;
    if (value.is_reference())
        ++references_;
    compact_ = false;
}

void Content::note_gone(const Entry& entry) {
    dead_ += entry.value_size;
    if (value_of(entry).is_reference())
        --references_;
    compact_ = false;
}

void Content::append(std::string_view canonical_key, ValueView value) {
    Entry entry;
    entry.key_begin = static_cast<std::uint32_t>(text_.size());
    entry.key_size = static_cast<std::uint32_t>(canonical_key.size());
    text_ += canonical_key;
    store_value(entry, value);
    entries_.push_back(entry);
}

void Content::set(std::string_view canonical_key, ValueView value) {
    assert(is_model() && value.kind != ValueKind::delete_action);
    const auto index = position(canonical_key) - entries_.cbegin();
    const auto at = entries_.begin() + index;
    if (at != entries_.end() && key_of(*at) == canonical_key) {
        note_gone(*at);
        store_value(*at, value);
    } else {
        append(canonical_key, value);
        std::rotate(entries_.begin() + index, entries_.end() - 1, entries_.end());
    }
    if (dead_ > dead_bytes_tolerated && dead_ > text_.size() / 2)
        compact();
}

void Content::erase(std::string_view canonical_key) {
    assert(is_model());
    const auto at = position(canonical_key);
    if (at == entries_.end() || key_of(*at) != canonical_key)
        return;
    note_gone(*at);
    dead_ += at->key_size;
    entries_.erase(at);
}

void Content::insert(std::size_t index, ValueView value) {
    assert(!is_model() && index <= size() && value.kind != ValueKind::delete_action);
    Entry entry;
    store_value(entry, value);
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(index), entry);
    if (dead_ > dead_bytes_tolerated && dead_ > text_.size() / 2)
        compact();
}

void Content::remove(std::size_t index) {
    assert(!is_model() && index < size());
    const auto at = entries_.begin() + static_cast<std::ptrdiff_t>(index);
    note_gone(*at);
    entries_.erase(at);
}

void Content::compact() {
    if (compact_)
        return;
    std::string text;
    text.reserve(text_.size() - dead_ + 4 * entries_.size() + 2);
    text += is_model() ? '{' : '[';
    for (Entry& entry : entries_) {
        if (text.size() > 1)
            text += ',';
        const ValueView value = value_of(entry);
        if (is_model()) {
            const std::string_view key = key_of(entry);
            text += '"';
            entry.key_begin = static_cast<std::uint32_t>(text.size());
            text += key;
            text += "\":";
        }
        entry.value_begin = static_cast<std::uint32_t>(text.size());
        text += value.text;
    }
    text += is_model() ? '}' : ']';
    text.shrink_to_fit();
    entries_.shrink_to_fit();
    text_ = std::move(text);
    dead_ = 0;
    compact_ = true;
}

boost::intrusive_ptr<Content> Content::copy() const {
    boost::intrusive_ptr<Content> copy(new Content(type_));
    copy->compact_ = compact_;
    copy->references_ = references_;
    copy->dead_ = dead_;
    copy->text_ = text_;
    copy->entries_ = entries_;
    return copy;
}

boost::intrusive_ptr<Content> Content::writable(boost::intrusive_ptr<Content> content) {
    return content->use_count() == 1 ? std::move(content) : content->copy();
}

}  // namespace resgate::res
