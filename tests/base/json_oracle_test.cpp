#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/utf8.h"

// The scanner against another implementation, on random texts and damaged copies of them.
namespace resgate::json {
namespace {

using Random = std::mt19937;

unsigned pick(Random& random, unsigned below) {
    return static_cast<unsigned>(random() % below);
}

std::string random_string(Random& random) {
    static const std::vector<std::string> pieces = {"a",
                                                    "rid",
                                                    "\\\"",
                                                    "\\\\",
                                                    "\\/",
                                                    "\\n",
                                                    "\\b\\f\\r\\t",
                                                    " ",
                                                    "{",
                                                    "]",
                                                    ",",
                                                    ":",
                                                    "\xc3\xa5",
                                                    "\\u00e5",
                                                    "\x7f",
                                                    "0123456789abcdef",
                                                    "\xe2\x82\xac",
                                                    "\\u20AC",
                                                    "\\ud83d\\ude00",
                                                    "\xf0\x9f\x98\x80",
                                                    "'"};
    std::string text = "\"";
    for (unsigned i = pick(random, 6); i > 0; --i) {
        text += pieces[pick(random, static_cast<unsigned>(pieces.size()))];
    }
    return text + "\"";
}

std::string random_scalar(Random& random) {
    static const std::vector<std::string> scalars = {
        "null", "true",    "false", "0",    "-0", "1", "-17", "12345678901234567890",
        "0.5",  "-1.25e3", "1E+2",  "3e-7", "10"};
    return pick(random, 2) == 0 ? random_string(random)
                                : scalars[pick(random, static_cast<unsigned>(scalars.size()))];
}

std::string random_space(Random& random) {
    static const std::vector<std::string> spaces = {"", "", "", " ", "\n", "\t\r "};
    return spaces[pick(random, static_cast<unsigned>(spaces.size()))];
}

std::string random_value(Random& random, unsigned depth) {
    const unsigned kind = pick(random, depth == 0 ? 1 : 3);
    std::string text = random_space(random);
    if (kind == 0) {
        text += random_scalar(random);
    } else {
        text += kind == 1 ? '[' : '{';
        const unsigned count = pick(random, 4);
        for (unsigned i = 0; i < count; ++i) {
            text += i == 0 ? "" : ",";
            if (kind == 2) {
                text += random_space(random) + random_string(random) + random_space(random) + ":";
            }
            text += random_value(random, depth - 1);
        }
        text += random_space(random) + (kind == 1 ? ']' : '}');
    }
    return text + random_space(random);
}

void damage(std::string& text, Random& random) {
    static const std::string_view alphabet = "{}[]:,\"\\/-+.eE0159abftrnu \t\n\x01xAdD";
    const char c = alphabet[pick(random, static_cast<unsigned>(alphabet.size()))];
    const std::size_t at = pick(random, static_cast<unsigned>(text.size() + 1));
    switch (pick(random, 3)) {
        case 0:
            text.insert(at, 1, c);
            break;
        case 1:
            text.erase(at, 1);
            break;
        default:
            text.replace(at, 1, 1, c);
    }
}

/// What the other library refuses although the grammar allows it: lone surrogates, and numbers
/// that no double can hold. Malformed UTF-8 is none of the scanner's business.
bool comparable(const std::string& text) {
    if (!is_utf8(text)) {
        return false;
    }
    try {
        const auto parsed = nlohmann::json::parse(text);
        return !parsed.is_discarded();
    } catch (const nlohmann::json::out_of_range&) {
        return false;
    } catch (const nlohmann::json::parse_error& error) {
        return std::string_view(error.what()).find("surrogate") == std::string_view::npos;
    }
}

nlohmann::json tree(Value value) {
    nlohmann::json result;
    if (value.is_object()) {
        result = nlohmann::json::object();
        Members members(value);
        for (Member member; members.next(member);) {
            result[member.key()] = tree(member.value);
        }
    } else if (value.is_array()) {
        result = nlohmann::json::array();
        Elements elements(value);
        for (Value element; elements.next(element);) {
            result.push_back(tree(element));
        }
    } else if (value.is_string()) {
        result = string_content(value);
    } else {
        result = nlohmann::json::parse(value.text);
    }
    return result;
}

TEST(JsonOracle, AgreesOnRandomTextsAndTheirContents) {
    Random random(20240601);
    for (int i = 0; i < 3000; ++i) {
        const std::string text = random_value(random, 5);
        const auto value = parse(text);
        ASSERT_TRUE(value) << text;
        ASSERT_EQ(tree(*value), nlohmann::json::parse(text)) << text;
        std::string compact;
        append_compact(compact, *value);
        ASSERT_TRUE(equivalent(*value, parse(compact).value())) << text;
    }
}

TEST(JsonOracle, AgreesOnDamagedTexts) {
    Random random(77);
    int refused = 0;
    int accepted = 0;
    for (int i = 0; i < 40000; ++i) {
        std::string text = random_value(random, 3);
        for (unsigned n = 1 + pick(random, 2); n > 0; --n) {
            damage(text, random);
        }
        if (!comparable(text)) {
            continue;
        }
        const bool expected = nlohmann::json::accept(text);
        ASSERT_EQ(parse(text).has_value(), expected) << text;
        ++(expected ? accepted : refused);
    }
    EXPECT_GT(accepted, 2000);
    EXPECT_GT(refused, 2000);
}

/// The members an `ObjectReader` yields, nothing if the text is no object.
std::optional<std::vector<Member>> read_object(std::string_view text) {
    std::vector<Member> read;
    ObjectReader members(text);
    for (Member member; members.next(member);) {
        read.push_back(member);
    }
    if (!members.is_complete()) {
        return std::nullopt;
    }
    return read;
}

TEST(JsonOracle, OnePassOverAnObjectFindsWhatTwoFind) {
    Random random(4711);
    int refused = 0;
    int accepted = 0;
    for (int i = 0; i < 40000; ++i) {
        std::string text = random_value(random, 3);
        for (unsigned n = pick(random, 3); n > 0; --n) {
            damage(text, random);
        }
        const auto value = parse(text);
        const auto read = read_object(text);
        ASSERT_EQ(read.has_value(), value && value->is_object()) << text;
        if (!read) {
            ++refused;
            continue;
        }
        ++accepted;
        std::size_t at = 0;
        Members members(*value);
        for (Member member; members.next(member); ++at) {
            ASSERT_LT(at, read->size()) << text;
            ASSERT_EQ(read->at(at).raw_key.data(), member.raw_key.data()) << text;
            ASSERT_EQ(read->at(at).raw_key, member.raw_key) << text;
            ASSERT_EQ(read->at(at).value.type, member.value.type) << text;
            ASSERT_EQ(read->at(at).value.text, member.value.text) << text;
        }
        ASSERT_EQ(at, read->size()) << text;
    }
    EXPECT_GT(accepted, 2000);
    EXPECT_GT(refused, 2000);
}

TEST(JsonOracle, WrittenStringsReadBackTheSame) {
    Random random(5);
    for (int i = 0; i < 2000; ++i) {
        std::string content;
        for (unsigned n = pick(random, 20); n > 0; --n) {
            append_utf8(content,
                        pick(random, 3) == 0 ? pick(random, 0x110000) : pick(random, 0x80));
        }
        std::string text;
        append_string(text, content);
        ASSERT_EQ(string_content(parse(text).value()), content);
        ASSERT_EQ(nlohmann::json::parse(text).get<std::string>(), content);
    }
}

}  // namespace
}  // namespace resgate::json
