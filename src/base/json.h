#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// A strict JSON scanner (RFC 8259) that yields slices of the text instead of a tree.
///
/// Protocol messages are mostly passed on, seldom looked into: a text is checked once by `parse`,
/// and from then on members and elements are walked as slices, unescaped only where needed. Slices
/// point into the caller's text, which must outlive them.
namespace resgate::json {

/// Nesting accepted at most; deeper input counts as invalid ([JSN-9] demands 512).
inline constexpr int max_depth = 1000;

enum class Type : std::uint8_t { null, boolean, number, string, array, object };

/// A slice known to be exactly one valid JSON value, without whitespace around it.
struct Value {
    Type type = Type::null;
    std::string_view text;

    bool is_null() const { return type == Type::null; }

    bool is_true() const { return type == Type::boolean && text.front() == 't'; }

    bool is_object() const { return type == Type::object; }

    bool is_array() const { return type == Type::array; }

    bool is_string() const { return type == Type::string; }
};

/// The one JSON value in `text`, or nothing if the text is not exactly one valid value with
/// optional whitespace around it ([JSN-1]). Expects well-formed UTF-8; bytes above 0x7f inside
/// strings are not examined.
std::optional<Value> parse(std::string_view text);

/// A member of an object. `raw_key` is the key as written, without its quotes.
struct Member {
    std::string_view raw_key;
    Value value;

    /// Whether the key, with its escapes resolved, is `name` ([JSN-3]).
    bool key_is(std::string_view name) const;
    std::string key() const;
};

/// Walks the members of an object in the order written, duplicates included ([JSN-5]: the last
/// one wins, which is for the caller to arrange).
class Members {
  public:
    explicit Members(Value object);
    bool next(Member& member);

  private:
    const char* at_;
    const char* end_;
};

/// Walks the members of the one object that a text must be, and checks the text on the way: the
/// same as `parse` and then `Members`, in one pass. What it yields is valid by itself; whether the
/// whole text is, is known at the end.
class ObjectReader {
  public:
    explicit ObjectReader(std::string_view text);
    /// False at the end of the object, or where the text turns out not to be one.
    bool next(Member& member);

    /// Once `next` has returned false: whether the text is exactly one valid object.
    bool is_complete() const { return state_ == State::complete; }

  private:
    enum class State : std::uint8_t { before_first, behind_member, complete, broken };

    bool take_member(Member& member);

    const char* at_ = nullptr;
    const char* end_;
    State state_ = State::before_first;
};

/// Walks the elements of an array.
class Elements {
  public:
    explicit Elements(Value array);
    bool next(Value& element);

  private:
    const char* at_;
    const char* end_;
};

/// The last member of that name, or nothing ([JSN-5]).
std::optional<Value> find(Value object, std::string_view name);

/// The content of a string value, escapes resolved. Escaped lone surrogates become U+FFFD.
std::string string_content(Value string);

/// The same, as a view: of the text if there are no escapes, else of `storage`, which gets it then.
std::string_view string_content(Value string, std::string& storage);

/// Like `string_content`, for the text between the quotes.
std::string unescape(std::string_view raw);

/// The value of an integer literal in range of int64 ([JSN-7]): no fraction, no exponent.
std::optional<std::int64_t> to_int64(Value value);

/// The same for 0 to 2^64-1 ([CLI-3]); "-0" is not accepted.
std::optional<std::uint64_t> to_uint64(Value value);

/// Whether two values are the same but for insignificant whitespace and the way strings are
/// escaped ([VAL-8]): same structure, same member order, same string contents, numbers spelled
/// alike.
bool equivalent(Value a, Value b);

/// Appends the value without insignificant whitespace and with strings escaped in one way: two
/// values are `equivalent` exactly if this gives the same text.
void append_compact(std::string& out, Value value);

/// Appends `content` (well-formed UTF-8) as a JSON string with quotes.
void append_string(std::string& out, std::string_view content);

}  // namespace resgate::json
