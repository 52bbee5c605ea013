#include "res/content.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <list>
#include <new>
#include <span>
#include <utility>

#include <boost/container/small_vector.hpp>

// The text always is the resource's JSON text, without white space between its parts, and the items
// of the index stand in the order of the text. So an item needs no more than where its value begins
// and how long its key is: it ends a comma, or the closing bracket, before what follows.
//
// A block is: the object, the text, room, the index. The index ends at the end of the block, and so
// both grow into the same room.

namespace resgate::res {

namespace {

/// A proper value, or the error that makes the whole message invalid ([VAL-2], [VAL-3]).
Result<ValueView> classify_proper(json::Value value) {
    auto classified = classify(value);
    if (classified && classified->kind == ValueKind::delete_action)
        return errors::internal("invalid service response");
    return classified;
}

/// What is written around a key: two quotes and a colon.
constexpr std::size_t label_overhead = 3;

/// The allocator's blocks grow by this size at least; less would not save anything.
constexpr std::size_t block_step = 16;

/// So many properties and elements are read without taking memory for that.
constexpr std::size_t usual_size = 16;

/// Room that is not given back even if it is more than half of the block.
constexpr std::size_t room_tolerated = 256;

}  // namespace

std::string canonical_key(const json::Member& member) {
    if (member.raw_key.find('\\') == std::string_view::npos)
        return std::string(member.raw_key);
    std::string quoted;
    json::append_string(quoted, member.key());
    return quoted.substr(1, quoted.size() - 2);
}

Result<Content::Ptr> Content::from_model(json::Value object) {
    struct Read {
        std::string_view key;
        json::Value value;
    };

    boost::container::small_vector<Read, usual_size> members_read;
    std::list<std::string> rewritten_keys;  // those not written in their canonical escaping
    json::Members members(object);
    for (json::Member member; members.next(member);) {
        std::string_view key = member.raw_key;
        if (key.find('\\') != std::string_view::npos)
            key = rewritten_keys.emplace_back(canonical_key(member));
        members_read.push_back({key, member.value});
    }
    const auto before = [](const Read& a, const Read& b) { return a.key < b.key; };
    if (!std::is_sorted(members_read.begin(), members_read.end(), before))
        std::stable_sort(members_read.begin(), members_read.end(), before);

    boost::container::small_vector<Property, usual_size> properties;
    properties.reserve(members_read.size());
    for (std::size_t i = 0; i < members_read.size(); ++i) {
        const auto& [key, scanned] = members_read[i];
        if (i + 1 < members_read.size() && members_read[i + 1].key == key)  // [JSN-5]
            continue;
        const auto value = classify_proper(scanned);
        if (!value)
            return value.error();
        properties.push_back({key, *value});
    }
    return with(ResourceType::model, properties);
}

Result<Content::Ptr> Content::from_collection(json::Value array) {
    boost::container::small_vector<Property, usual_size> elements_read;
    json::Elements elements(array);
    json::Value element;
    while (elements.next(element)) {
        const auto value = classify_proper(element);
        if (!value)
            return value.error();
        elements_read.push_back({{}, *value});
    }
    return with(ResourceType::collection, elements_read);
}

Content::Ptr Content::make(ResourceType type, std::size_t capacity) {
    const std::size_t size =
        (sizeof(Content) + capacity + block_step - 1) / block_step * block_step;
    if (size > std::numeric_limits<std::uint32_t>::max())
        throw std::bad_alloc();
    void* const block = ::operator new(size);
    return Ptr(::new (block) Content(type, size - sizeof(Content)));
}

Content::Ptr Content::with(ResourceType type, std::span<const Property> properties) {
    const bool is_model = type == ResourceType::model;
    std::size_t text_size = 2 + (properties.empty() ? 0 : properties.size() - 1);
    for (const auto& [key, value] : properties)
        text_size += value.text.size() + (is_model ? key.size() + label_overhead : 0);

    Ptr content = make(type, text_size + properties.size() * sizeof(Item));
    content->size_ = static_cast<std::uint32_t>(properties.size());
    content->text_size_ = static_cast<std::uint32_t>(text_size);
    Item* item = content->items();
    char* to = content->bytes();
    *to++ = is_model ? '{' : '[';
    for (const Property& property : properties) {
        if (item != content->items())
            *to++ = ',';
        to = content->write_item(to, property, *item++);
    }
    *to = is_model ? '}' : ']';
    return content;
}

const Content::Item* Content::items() const {
    return reinterpret_cast<const Item*>(bytes() + capacity_) - size_;
}

Content::Item* Content::items() {
    return reinterpret_cast<Item*>(bytes() + capacity_) - size_;
}

/// Where the i-th property or element begins; behind the last, where the next one would.
std::size_t Content::item_begin(std::size_t index) const {
    if (index == size_)
        return text_size_;
    const Item& item = items()[index];
    return item.value_begin - item.label_size;
}

std::size_t Content::value_end(std::size_t index) const {
    return item_begin(index + 1) - 1;
}

ValueView Content::value(std::size_t index) const {
    const Item& item = items()[index];
    return {static_cast<ValueKind>(item.kind),
            text().substr(item.value_begin, value_end(index) - item.value_begin)};
}

std::size_t Content::skip_primitives(std::size_t index) const {
    const Item* const all = items();
    while (index < size_ && static_cast<ValueKind>(all[index].kind) == ValueKind::primitive)
        ++index;
    return index;
}

std::string_view Content::key(std::size_t index) const {
    const Item& item = items()[index];
    return {bytes() + item.value_begin - item.label_size + 1, item.label_size - label_overhead};
}

/// The first property whose key is not before the given one.
std::size_t Content::position(std::string_view canonical_key) const {
    std::size_t begin = 0;
    std::size_t end = size_;
    while (begin < end) {
        const std::size_t middle = begin + (end - begin) / 2;
        if (key(middle) < canonical_key)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

bool Content::has_key_at(std::size_t index, std::string_view canonical_key) const {
    return index < size_ && key(index) == canonical_key;
}

std::optional<ValueView> Content::find(std::string_view canonical_key) const {
    assert(is_model());
    const std::size_t at = position(canonical_key);
    return has_key_at(at, canonical_key) ? std::optional(value(at)) : std::nullopt;
}

void Content::append_legacy_text(std::string& out) const {
    out += is_model() ? '{' : '[';
    for (std::size_t i = 0; i < size_; ++i) {
        if (i > 0)
            out += ',';
        if (is_model()) {
            out += '"';
            out += key(i);
            out += "\":";
        }
        append_legacy_value(out, value(i));
    }
    out += is_model() ? '}' : ']';
}

void Content::for_each_reference(const std::function<void(std::string_view)>& visit) const {
    if (!has_references())
        return;
    std::string unescaped;
    for (std::size_t i = 0; i < size_; ++i) {
        const ValueView one = value(i);
        if (one.is_reference())
            visit(rid_of(one, unescaped));
    }
}

// Changes

void Content::set(Ptr& content, std::string_view canonical_key, ValueView value) {
    assert(content->is_model() && value.kind != ValueKind::delete_action);
    const std::size_t at = content->position(canonical_key);
    if (!content->has_key_at(at, canonical_key)) {
        make_room(content,
                  canonical_key.size() + label_overhead + value.text.size() + 1 + sizeof(Item));
        content->insert_item(at, {canonical_key, value});
        return;
    }
    const std::size_t before = content->value(at).text.size();
    make_room(content, std::max(value.text.size(), before) - before);
    content->replace_value(at, value);
    give_back_room(content);
}

void Content::erase(Ptr& content, std::string_view canonical_key) {
    assert(content->is_model());
    const std::size_t at = content->position(canonical_key);
    if (!content->has_key_at(at, canonical_key))
        return;
    make_room(content, 0);
    content->remove_item(at);
    give_back_room(content);
}

void Content::insert(Ptr& content, std::size_t index, ValueView value) {
    assert(!content->is_model() && index <= content->size());
    assert(value.kind != ValueKind::delete_action);
    make_room(content, value.text.size() + 1 + sizeof(Item));
    content->insert_item(index, {{}, value});
}

void Content::remove(Ptr& content, std::size_t index) {
    assert(!content->is_model() && index < content->size());
    make_room(content, 0);
    content->remove_item(index);
    give_back_room(content);
}

/// Makes it the caller's own, with room for so many bytes of text and index more. What grows once
/// will grow again.
void Content::make_room(Ptr& content, std::size_t growth) {
    const std::size_t needed = content->used() + growth;
    if (needed > content->capacity_)
        content = content->copy_with(growth + needed / 8);
    else if (content->use_count() > 1)
        content = content->copy_with(growth);
}

/// A resource's memory stays within about twice its size.
void Content::give_back_room(Ptr& content) {
    const std::size_t room = content->capacity_ - content->used();
    if (room > room_tolerated && room > content->capacity_ / 2)
        content = content->copy();
}

Content::Ptr Content::copy_with(std::size_t spare) const {
    Ptr copy = make(type_, used() + spare);
    copy->references_ = references_;
    copy->size_ = size_;
    copy->text_size_ = text_size_;
    std::memcpy(copy->bytes(), bytes(), text_size_);
    std::memcpy(copy->items(), items(), size_ * sizeof(Item));
    return copy;
}

std::size_t Content::label_size(std::string_view key) const {
    return is_model() ? key.size() + label_overhead : 0;
}

/// Returns the end of what it has written.
char* Content::write_item(char* to, const Property& property, Item& item) {
    const auto& [key, value] = property;
    if (is_model()) {
        *to++ = '"';
        to = std::copy(key.begin(), key.end(), to);
        *to++ = '"';
        *to++ = ':';
    }
    item.value_begin = static_cast<std::uint32_t>(to - bytes());
    item.label_size = static_cast<std::uint32_t>(label_size(key)) & 0x1fffffff;
    item.kind = static_cast<std::uint32_t>(value.kind) & 7;
    count(value.kind, 1);
    return std::copy(value.text.begin(), value.text.end(), to);
}

void Content::insert_item(std::size_t index, const Property& property) {
    const std::size_t growth =
        label_size(property.key) + property.value.text.size() + (size_ > 0 ? 1 : 0);
    // The comma is before the last one, and behind all others.
    const bool appends = index == size_;
    const std::size_t begin = appends ? text_size_ - 1 : item_begin(index);
    move_text(begin, begin + growth, index);
    Item* const old = items();
    ++size_;
    std::memmove(items(), old, index * sizeof(Item));

    char* to = bytes() + begin;
    if (appends && index > 0)
        *to++ = ',';
    to = write_item(to, property, items()[index]);
    if (!appends)
        *to = ',';
}

void Content::remove_item(std::size_t index) {
    count(value(index).kind, -1);
    const bool last = index + 1 == size_;
    // With the comma before it, or, if it is the first of several, behind it.
    const std::size_t begin = item_begin(index) - (last && index > 0 ? 1 : 0);
    const std::size_t end = last ? text_size_ - 1 : item_begin(index + 1);
    move_text(end, begin, index + 1);
    Item* const old = items();
    --size_;
    std::memmove(items(), old, index * sizeof(Item));
}

void Content::replace_value(std::size_t index, ValueView value) {
    Item& item = items()[index];
    move_text(value_end(index), item.value_begin + value.text.size(), index + 1);
    std::copy(value.text.begin(), value.text.end(), bytes() + item.value_begin);
    count(static_cast<ValueKind>(item.kind), -1);
    count(value.kind, 1);
    item.kind = static_cast<std::uint32_t>(value.kind) & 7;
}

/// Moves the rest of the text, to which that item and all behind it belong.
void Content::move_text(std::size_t from, std::size_t to, std::size_t first_item) {
    if (from == to)
        return;
    std::memmove(bytes() + to, bytes() + from, text_size_ - from);
    const auto distance = static_cast<std::uint32_t>(to - from);  // wraps around backwards
    text_size_ += distance;
    for (Item& item : std::span(items(), size_).subspan(first_item))
        item.value_begin += distance;
}

void Content::count(ValueKind kind, std::int32_t difference) {
    if (kind == ValueKind::reference)
        references_ += static_cast<std::uint32_t>(difference);
}

}  // namespace resgate::res
