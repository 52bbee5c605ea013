#include "res/pattern.h"

#include <vector>

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

// [PAT-1], [PAT-2]: the vectors of 10.6.
TEST(Pattern, AcceptsTheValidOnes) {
    for (const std::string_view text :
         {"test", "test.model.foo", "test$.model", "$test.model", ">", "test.>", "*", "test.*",
          "*.model", "test.*.foo", "test.model.*", "test.*.*", "test.*.>"}) {
        EXPECT_TRUE(Pattern::parse(text)) << text;
    }
}

TEST(Pattern, RefusesTheInvalidOnes) {
    for (const std::string_view text : {"",
                                        ".",
                                        ".test",
                                        "test.",
                                        "test..foo",
                                        "*test",
                                        "test*",
                                        "test.*foo",
                                        "test.foo*",
                                        "test.**.foo",
                                        ">test",
                                        "test>",
                                        "test.>foo",
                                        "test.foo>",
                                        "test.>.foo",
                                        "test.$foo>",
                                        "test.$foo*",
                                        "test.foo?",
                                        "test. .foo",
                                        "test.\x12"
                                        "7.foo",
                                        "test.r\xc3\xa4v",
                                        "*.",
                                        ">.",
                                        "test.\x7f"}) {
        EXPECT_FALSE(Pattern::parse(text)) << text;
    }
}

// [PAT-3]
TEST(Pattern, MatchesTokenByToken) {
    struct Row {
        std::string_view pattern;
        std::vector<std::string_view> matches;
        std::vector<std::string_view> others;
    };

    const std::vector<Row> rows = {
        {"test", {"test"}, {"testing", "test.model", "tes", "Test"}},
        {"test.model", {"test.model"}, {"test.mode", "test.model.foo", "test"}},
        {">", {"test", "a.b.c"}, {""}},
        {"test.>", {"test.model", "test.model.foo"}, {"test"}},
        {"test.model.>", {"test.model.foo"}, {"test.model"}},
        {"*", {"test"}, {"test.model", ""}},
        {"test.*", {"test.model"}, {"test", "test.model.foo"}},
        {"*.model", {"test.model"}, {"test", "test.foo"}},
        {"test.*.foo", {"test.model.foo"}, {"test.model", "test.foo"}},
        {"*.bar", {"foo.bar"}, {"foo.baz"}},
        {"test.*.>", {"test.model.foo", "test.model.foo.bar"}, {"test.model"}},
        {"*.*", {"a.b"}, {"a", "a.b.c"}},
    };
    for (const Row& row : rows) {
        const auto pattern = Pattern::parse(row.pattern).value();
        for (const std::string_view name : row.matches) {
            EXPECT_TRUE(pattern.matches(name)) << row.pattern << " and " << name;
        }
        for (const std::string_view name : row.others) {
            EXPECT_FALSE(pattern.matches(name)) << row.pattern << " and " << name;
        }
    }
}

}  // namespace
}  // namespace resgate::res
