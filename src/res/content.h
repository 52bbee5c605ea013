#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// All texts stand in one string; an index of small entries says where. As long as nothing was
/// changed, that string is the resource's JSON text itself, so a client's resource set is a copy of
/// it. A change appends the new texts and moves entries; `compact` writes the JSON text anew.
///
/// Content that anybody else can see is immutable: who wants to change it takes `writable` first,
/// which copies only if it is shared. Snapshots handed out are compact. A snapshot may be read
/// from any thread.
class Content : public boost::intrusive_ref_counter<Content, boost::thread_safe_counter> {
  public:
    /// Decodes the `model` of a reply; every value must be proper ([GTR-3], [GTR-4]).
    static Result<boost::intrusive_ptr<Content>> from_model(json::Value object);
    /// Decodes the `collection` of a reply.
    static Result<boost::intrusive_ptr<Content>> from_collection(json::Value array);

    ResourceType type() const { return type_; }

    bool is_model() const { return type_ == ResourceType::model; }

    std::size_t size() const { return entries_.size(); }

    /// The i-th element of a collection, or value of a model in the order of its keys.
    ValueView value(std::size_t index) const;
    /// The i-th key of a model: JSON string content as written, in its canonical escaping.
    std::string_view key(std::size_t index) const;
    /// The value of a property; nothing if the model has no such property.
    std::optional<ValueView> find(std::string_view canonical_key) const;

    bool has_references() const { return references_ > 0; }

    /// The JSON text clients at 1.2.1 and later see. Requires `is_compact()`.
    std::string_view text() const;

    bool is_compact() const { return compact_; }

    /// Appends the JSON text for clients below 1.2.1 ([LEG-3]).
    void append_legacy_text(std::string& out) const;

    /// Calls `visit` with the rid of every hard reference, in order, repetitions included.
    void for_each_reference(const std::function<void(std::string&&)>& visit) const;

    // Changes. Only on content that is not shared.

    void set(std::string_view canonical_key, ValueView value);
    void erase(std::string_view canonical_key);
    /// `index` at most `size()`.
    void insert(std::size_t index, ValueView value);
    /// `index` below `size()`.
    void remove(std::size_t index);
    /// Makes `text()` the resource's JSON text again.
    void compact();

    /// The same content, not shared with anybody: itself if the caller is the only owner.
    static boost::intrusive_ptr<Content> writable(boost::intrusive_ptr<Content> content);
    boost::intrusive_ptr<Content> copy() const;

    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;

  private:
    struct Entry {
        std::uint32_t key_begin = 0;
        std::uint32_t key_size = 0;
        std::uint32_t value_begin = 0;
        std::uint32_t value_size : 29 = 0;
        std::uint32_t kind : 3 = 0;
    };

    explicit Content(ResourceType type) : type_(type) {}

    std::string_view key_of(const Entry& entry) const;
    ValueView value_of(const Entry& entry) const;
    std::vector<Entry>::const_iterator position(std::string_view canonical_key) const;
    void append(std::string_view canonical_key, ValueView value);
    void store_value(Entry& entry, ValueView value);
    void note_gone(const Entry& entry);

    ResourceType type_;
    bool compact_ = false;
    std::uint32_t references_ = 0;  ///< number of hard references
    std::size_t dead_ = 0;          ///< bytes of text_ that no entry refers to any more
    std::string text_;
    std::vector<Entry> entries_;  ///< of a model: sorted by key
};

/// The key of a model property as the content stores it: without quotes, escaped in one way only.
std::string canonical_key(const json::Member& member);

}  // namespace resgate::res
