#include "res/difference.h"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "res/common_subsequence.h"

// Elements are numbered so that equal ones have the same number; what remains between common prefix
// and suffix is then a question about two sequences of numbers.
namespace resgate::res {
namespace {

class Numbering {
  public:
    Symbol of(ValueView value) {
        const auto next = static_cast<Symbol>(numbers_.size());
        return numbers_.try_emplace(normal_form(value), next).first->second;
    }

  private:
    /// A text that only equal values share ([VAL-7], [VAL-8]). The letters of references cannot
    /// begin a JSON text, but for those of literals, which they differ from.
    std::string_view normal_form(ValueView value) {
        const bool plain =
            value.kind == ValueKind::primitive &&
            (value.text.front() != '"' || value.text.find('\\') == std::string_view::npos);
        if (plain) {
            return value.text;
        }
        std::string& text = texts_.emplace_back();
        if (value.kind == ValueKind::reference || value.kind == ValueKind::soft_reference) {
            text = value.kind == ValueKind::reference ? "r" : "s";
            text += rid_of(value);
        } else {
            const bool is_string = value.text.front() == '"';
            json::append_compact(text,
                                 {is_string ? json::Type::string : json::Type::object, value.text});
        }
        return text;
    }

    std::deque<std::string> texts_;
    std::unordered_map<std::string_view, Symbol> numbers_;
};

std::size_t common_prefix(const Content& before, const Content& after) {
    const std::size_t limit = std::min(before.size(), after.size());
    std::size_t length = 0;
    while (length < limit && equal(before.value(length), after.value(length))) {
        ++length;
    }
    return length;
}

std::size_t common_suffix(const Content& before, const Content& after, std::size_t prefix) {
    const std::size_t limit = std::min(before.size(), after.size()) - prefix;
    std::size_t length = 0;
    while (length < limit && equal(before.value(before.size() - 1 - length),
                                   after.value(after.size() - 1 - length))) {
        ++length;
    }
    return length;
}

std::vector<Symbol> numbered(Numbering& numbering, const Content& content, std::size_t begin,
                             std::size_t end) {
    std::vector<Symbol> symbols;
    symbols.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
        symbols.push_back(numbering.of(content.value(i)));
    }
    return symbols;
}

}  // namespace

CollectionDifference difference(const Content& before, const Content& after) {
    if (before.text() == after.text())
        return {};
    const std::size_t prefix = common_prefix(before, after);
    const std::size_t suffix = common_suffix(before, after, prefix);
    Numbering numbering;
    const auto from = numbered(numbering, before, prefix, before.size() - suffix);
    const auto to = numbered(numbering, after, prefix, after.size() - suffix);

    CollectionDifference result;
    const Kept kept = common_subsequence(from, to);
    for (std::size_t i = from.size(); i-- > 0;) {
        if (!kept.from[i]) {
            result.removed.push_back(prefix + i);
        }
    }
    for (std::size_t j = 0; j < to.size(); ++j) {
        if (!kept.to[j]) {
            result.added.push_back(prefix + j);
        }
    }
    return result;
}

}  // namespace resgate::res
