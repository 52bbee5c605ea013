#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resgate::res {

/// A resource name pattern of a system.reset ([PAT-1] to [PAT-3]).
class Pattern {
  public:
    /// Nothing if the pattern is invalid ([PAT-1]); such patterns are skipped ([PAT-2]).
    static std::optional<Pattern> parse(std::string_view text);

    /// Whether it matches a resource name, tag replaced, without query ([PAT-3]).
    bool matches(std::string_view name) const;

  private:
    explicit Pattern(std::string text) : text_(std::move(text)) {}

    std::string text_;
};

bool matches_any(const std::vector<Pattern>& patterns, std::string_view name);

}  // namespace resgate::res
