#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace resgate::api {

/// `apiPath` with a slash at its end ([HTTP-14]).
std::string api_prefix(std::string_view api_path);

/// What a path asks to be called: a method of a resource.
struct CallPath {
    std::string rid;
    std::string method;
};

/// The way from URL paths to resource IDs and back (sections 3 and 4 of part 60).
class ResourcePath {
  public:
    /// `api_path` as configured.
    explicit ResourcePath(std::string_view api_path);

    /// The configured path with a slash at its end.
    const std::string& prefix() const { return prefix_; }

    /// [HTTP-20]
    bool has_trailing_slash(std::string_view raw_path) const;

    /// The resource a path names; nothing if it names none ([HTTP-21] to [HTTP-27]). `raw_query` is
    /// what follows the `?`.
    std::optional<std::string> rid(std::string_view raw_path, std::string_view raw_query) const;

    /// The same for a path whose last part is a method ([HTTP-28]).
    std::optional<CallPath> call(std::string_view raw_path, std::string_view raw_query) const;

    /// Appends the path of a resource ([HTTP-30]).
    void append_href(std::string& out, std::string_view rid) const;

  private:
    /// What follows the prefix, without the slash [HTTP-23] drops; nothing if it is no resource.
    std::optional<std::string_view> rest(std::string_view raw_path) const;

    std::string prefix_;
    std::string canonical_prefix_;  ///< in canonical encoding ([HTTP-21], [HTTP-26])
};

}  // namespace resgate::api
