#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "base/json.h"
#include "res/error.h"
#include "res/value.h"

namespace resgate::res {

class Content;
using ContentPtr = boost::intrusive_ptr<const Content>;

enum class ResourceType : std::uint8_t { model, collection };

/// The state of a model or a collection.
///
/// It is its JSON text, and an index that says where in the text keys and values are. Text and
/// index stand behind the object in the same block of memory: there are as many of these as there
/// are resources. A client's resource set is a copy of the text; a change edits it in place.
///
/// Content that anybody else holds never changes: a change of shared content makes a copy, which
/// the changer has from then on. A snapshot is just a reference, and may be read from any thread.
class Content : public boost::intrusive_ref_counter<Content, boost::thread_safe_counter> {
  public:
    using Ptr = boost::intrusive_ptr<Content>;

    /// Decodes the `model` of a reply; every value must be proper ([GTR-3], [GTR-4]).
    static Result<Ptr> from_model(json::Value object);
    /// Decodes the `collection` of a reply.
    static Result<Ptr> from_collection(json::Value array);

    ResourceType type() const { return type_; }

    bool is_model() const { return type_ == ResourceType::model; }

    std::size_t size() const { return size_; }

    /// The i-th element of a collection, or value of a model in the order of its keys.
    ValueView value(std::size_t index) const;
    /// The first value from `index` on that is no primitive; `size()` if there is none.
    std::size_t skip_primitives(std::size_t index) const;
    /// The i-th key of a model: JSON string content as written, in its canonical escaping.
    std::string_view key(std::size_t index) const;
    /// The value of a property; nothing if the model has no such property.
    std::optional<ValueView> find(std::string_view canonical_key) const;

    bool has_references() const { return references_ > 0; }

    /// How many values are hard references.
    std::size_t reference_count() const { return references_; }

    /// The JSON text clients at 1.2.1 and later see.
    std::string_view text() const { return {bytes(), text_size_}; }

    /// Appends the JSON text for clients below 1.2.1 ([LEG-3]).
    void append_legacy_text(std::string& out) const;

    /// Calls `visit` with the rid of every hard reference, in order, repetitions included.
    void for_each_reference(const std::function<void(std::string_view)>& visit) const;

    // Changes of what `content` refers to; to another object afterwards if it is shared, or needs
    // more room. Keys and values given must not be views of it.

    static void set(Ptr& content, std::string_view canonical_key, ValueView value);
    static void erase(Ptr& content, std::string_view canonical_key);
    /// `index` at most `size()`.
    static void insert(Ptr& content, std::size_t index, ValueView value);
    /// `index` below `size()`.
    static void remove(Ptr& content, std::size_t index);

    Ptr copy() const { return copy_with(0); }

    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;

    static void operator delete(void* block) { ::operator delete(block); }

  private:
    /// An element, or a property: `"key":value`. It ends where the next one begins, but for the
    /// comma.
    struct Item {
        std::uint32_t value_begin = 0;
        std::uint32_t label_size : 29 = 0;  ///< of `"key":`; 0 in a collection
        std::uint32_t kind : 3 = 0;
    };

    struct Property {
        std::string_view key;  ///< empty in a collection
        ValueView value;
    };

    Content(ResourceType type, std::size_t capacity)
        : type_(type), capacity_(static_cast<std::uint32_t>(capacity)) {}

    static Ptr make(ResourceType type, std::size_t capacity);
    static Ptr with(ResourceType type, std::span<const Property> properties);
    static void make_room(Ptr& content, std::size_t growth);
    static void give_back_room(Ptr& content);
    Ptr copy_with(std::size_t spare) const;

    std::size_t used() const { return text_size_ + size_ * sizeof(Item); }

    // The text begins behind the object, the index ends at the end of the block.
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }

    char* bytes() { return reinterpret_cast<char*>(this + 1); }

    const Item* items() const;
    Item* items();

    std::size_t item_begin(std::size_t index) const;
    std::size_t value_end(std::size_t index) const;
    std::size_t position(std::string_view canonical_key) const;
    bool has_key_at(std::size_t index, std::string_view canonical_key) const;
    std::size_t label_size(std::string_view key) const;
    char* write_item(char* to, const Property& property, Item& item);
    void insert_item(std::size_t index, const Property& property);
    void remove_item(std::size_t index);
    void replace_value(std::size_t index, ValueView value);
    void move_text(std::size_t from, std::size_t to, std::size_t first_item);
    void count(ValueKind kind, std::int32_t difference);

    ResourceType type_;
    std::uint32_t references_ = 0;  ///< number of hard references
    std::uint32_t size_ = 0;        ///< of the index; of a model: sorted by key
    std::uint32_t text_size_ = 0;
    std::uint32_t capacity_;  ///< bytes behind the object
};

/// The key of a model property as the content stores it: without quotes, escaped in one way only.
std::string canonical_key(const json::Member& member);

}  // namespace resgate::res
