#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resgate::http {

/// A header to be sent.
struct Header {
    std::string name;
    std::string value;
};

using Headers = std::vector<Header>;

/// The value of the first header of that name (ASCII case ignored), or null.
const std::string* find_header(const Headers& headers, std::string_view name);

/// Removes all headers of that name (ASCII case ignored).
void remove_headers(Headers& headers, std::string_view name);

/// Whether this can be the name of a header: a token (RFC 9110, 5.6.2).
bool is_header_name(std::string_view name);

/// Whether two texts are the same but for the case of A-Z.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A header that was received.
struct HeaderLine {
    std::string_view name;
    std::string_view value;
};

/// The headers of a request, in order of arrival. Their texts are in one block of memory: a browser
/// sends a dozen of them, and hardly any is ever looked at.
class HeaderLines {
  public:
    class Iterator {
      public:
        using value_type = HeaderLine;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;

        explicit Iterator(const char* at) : at_(at) {}

        HeaderLine operator*() const;
        Iterator& operator++();

        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }

        bool operator==(const Iterator&) const = default;

      private:
        const char* at_ = nullptr;
    };

    HeaderLines() = default;
    HeaderLines(std::initializer_list<HeaderLine> lines);

    void add(std::string_view name, std::string_view value);

    /// Room for lines of about so many bytes.
    void reserve(std::size_t bytes) { texts_.reserve(bytes); }

    Iterator begin() const { return Iterator(texts_.data()); }

    Iterator end() const { return Iterator(texts_.data() + texts_.size()); }

    std::size_t size() const { return static_cast<std::size_t>(std::distance(begin(), end())); }

    /// The value of the first header of that name (ASCII case ignored), if there is one.
    std::optional<std::string_view> find(std::string_view name) const;

    /// Whether a header of that name has `token` in its comma-separated list; ASCII case ignored.
    bool has_token(std::string_view name, std::string_view token) const;

  private:
    std::string texts_;  ///< of each line: the sizes of name and value, the name and the value
};

/// The methods that mean something to the gateway.
enum class Method : std::uint8_t { get, head, post, put, delete_, patch, options, connect, other };

/// Case counts.
Method method_named(std::string_view name);

enum class Version : std::uint8_t { http_1_0, http_1_1 };

/// What became of a request's body ([HTTP-6], [HTTP-61], [HTTP-63]).
enum class BodyState : std::uint8_t {
    complete,
    too_large,   ///< longer than `Limits::max_message_size`; was not read, `body` is empty
    unreadable,  ///< malformed chunks; `body` holds the reason
};

/// A request as received. The transport has checked all of [HTTP-5].
struct Request {
    Method method = Method::get;
    Version version = Version::http_1_1;
    std::string target;   ///< as received
    HeaderLines headers;  ///< names as written, values trimmed
    std::string body;
    BodyState body_state = BodyState::complete;
    bool keep_alive = true;  ///< whether the connection can serve another request after this one
};

}  // namespace resgate::http
