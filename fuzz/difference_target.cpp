#include <string>
#include <vector>

#include "base/utf8.h"
#include "input.h"
#include "res/common_subsequence.h"
#include "res/content.h"
#include "res/difference.h"
#include "target.h"

// Applying the steps of a difference to the first collection gives the second ([LCS-5]).

namespace resgate::fuzz {
namespace {

boost::intrusive_ptr<res::Content> collection(const std::string& text) {
    const auto array = json::parse(text);
    if (!array || !array->is_array()) {
        return nullptr;
    }
    auto content = res::Content::from_collection(*array);
    return content ? *content : nullptr;
}

/// A letter is an element: short inputs with many repetitions.
std::string elements(std::string_view letters) {
    static constexpr std::string_view values[] = {"1",
                                                  "2",
                                                  R"("a")",
                                                  R"("\u0061")",
                                                  "null",
                                                  R"({"rid":"a.b"})",
                                                  R"({"rid":"a.b","soft":true})",
                                                  R"({"data":[1]})"};
    std::string text = "[";
    for (const char letter : letters) {
        text += text.size() == 1 ? "" : ",";
        text += values[static_cast<unsigned char>(letter) % 8];
    }
    return text + "]";
}

void check(const res::Content& before, const res::Content& after) {
    const auto difference = res::difference(before, after);
    auto result = before.copy();
    for (const std::size_t index : difference.removed) {
        require(index < result->size(), "a removal of what is there");
        res::Content::remove(result, index);
    }
    for (const std::size_t index : difference.added) {
        require(index <= result->size() && index < after.size(), "an addition within bounds");
        res::Content::insert(result, index, after.value(index));
    }
    require(result->size() == after.size(), "the same length");
    for (std::size_t i = 0; i < after.size(); ++i) {
        require(res::equal(result->value(i), after.value(i)), "the same elements");
    }
}

/// The same for any bound of the table, where only some subsequence is found.
void check_bounded(std::string_view before, std::string_view after, std::size_t cells) {
    // Dense numbers in the order of their first use.
    std::vector<res::Symbol> numbers(256, 256);
    res::Symbol next = 0;
    const auto numbered = [&](std::string_view text) {
        std::vector<res::Symbol> symbols;
        for (const char letter : text) {
            res::Symbol& number = numbers[static_cast<unsigned char>(letter)];
            if (number == 256) {
                number = next++;
            }
            symbols.push_back(number);
        }
        return symbols;
    };
    const auto from = numbered(before);
    const auto to = numbered(after);
    const res::Kept kept = res::common_subsequence(from, to, cells);
    std::vector<res::Symbol> kept_from;
    std::vector<res::Symbol> kept_to;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (kept.from[i]) {
            kept_from.push_back(from[i]);
        }
    }
    for (std::size_t j = 0; j < to.size(); ++j) {
        if (kept.to[j]) {
            kept_to.push_back(to[j]);
        }
    }
    require(kept_from == kept_to, "what is kept is the same on both sides");
}

}  // namespace

// Two lines: JSON arrays, or else sequences of letters.
FUZZ_TARGET(difference) {
    Input lines(input);
    std::string first(lines.line());
    std::string second(lines.rest());
    const std::size_t cells = std::size_t{1} << (first.size() % 16);
    check_bounded(first, second, cells);

    sanitize_utf8(first);
    sanitize_utf8(second);
    auto before = collection(first);
    auto after = collection(second);
    if (!before || !after) {
        const std::string before_text = elements(first);
        const std::string after_text = elements(second);
        before = collection(before_text);
        after = collection(after_text);
    }
    check(*before, *after);
}

}  // namespace resgate::fuzz
