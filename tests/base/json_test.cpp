#include "base/json.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace resgate::json {
namespace {

Value valid(std::string_view text) {
    const auto value = parse(text);
    EXPECT_TRUE(value) << text;
    return value.value_or(Value{});
}

// [JSN-1]
TEST(Json, AcceptsOneValueWithWhitespaceAround) {
    EXPECT_EQ(valid(" \t\r\n{\"a\" : [ 1 , 2 ] } \n").text, "{\"a\" : [ 1 , 2 ] }");
    EXPECT_EQ(valid("null").type, Type::null);
    EXPECT_EQ(valid("true").type, Type::boolean);
    EXPECT_TRUE(valid("true").is_true());
    EXPECT_FALSE(valid("false").is_true());
    EXPECT_EQ(valid("-0.5e+10").type, Type::number);
    EXPECT_EQ(valid("\"\\u00e5 \\\" \\/ \xc3\xa5\"").type, Type::string);
    EXPECT_EQ(valid("[]").type, Type::array);
    EXPECT_EQ(valid("{}").type, Type::object);
}

TEST(Json, RefusesEverythingElse) {
    for (const std::string_view text : {"",
                                        " ",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        "[1",
                                        "[1,",
                                        "[1,]",
                                        "[,1]",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "{1:1}",
                                        "{\"a\":1]",
                                        "[1}",
                                        "nul",
                                        "nulll",
                                        "True",
                                        "tru",
                                        "01",
                                        "-",
                                        "-a",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "1e",
                                        "1e+",
                                        "0x1",
                                        "1 2",
                                        "{} {}",
                                        "\"",
                                        "\"a",
                                        "\"\\\"",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u12g4\"",
                                        "\"\t\"",
                                        "\"\x1f\"",
                                        "'a'",
                                        "[1 2]",
                                        "[\"a\" 1]",
                                        "{\"a\" 1}",
                                        "\xef\xbb\xbf{}",
                                        "NaN",
                                        "Infinity",
                                        "\v1",
                                        "[1]x",
                                        "{\"a\":1,,\"b\":2}",
                                        "\"12345678\x01\"",
                                        "\"1234567\\",
                                        "// c\n1"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
    EXPECT_FALSE(parse(std::string_view("\0", 1)));
    EXPECT_FALSE(parse(std::string_view("1\0", 2)));
    EXPECT_FALSE(parse(std::string_view("\"\0\"", 3)));
}

TEST(Json, RefusesEveryProperPrefix) {
    const std::string_view text =
        R"({"key":[1,-2.5e3,"a\u00e5\\",true,false,null,{"b":{}}],"k\n2":"0123456789"})";
    valid(text);
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_FALSE(parse(text.substr(0, size))) << text.substr(0, size);
    }
}

// [JSN-9]
TEST(Json, LimitsTheNesting) {
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 0; i < depth; ++i) {
            text += i % 2 == 0 ? "[" : "{\"a\":";
        }
        text += "1";
        for (int i = depth; i-- > 0;) {
            text += i % 2 == 0 ? "]" : "}";
        }
        return text;
    };
    EXPECT_TRUE(parse(nested(512)));
    EXPECT_TRUE(parse(nested(max_depth)));
    EXPECT_FALSE(parse(nested(max_depth + 1)));
    const auto is_object = [](const std::string& text) {
        ObjectReader members(text);
        for (Member member; members.next(member);) {
        }
        return members.is_complete();
    };
    EXPECT_TRUE(is_object(R"({"a":)" + nested(max_depth - 1) + '}'));
    EXPECT_FALSE(is_object(R"({"a":)" + nested(max_depth) + '}'));
    EXPECT_FALSE(parse(std::string(1000000, '[')));
    EXPECT_TRUE(equivalent(valid(nested(max_depth)), valid(" " + nested(max_depth))));
}

TEST(Json, WalksMembersInOrder) {
    Members members(valid("{ \"a\" : 1 , \"b}\":{\"x\":[\"]\"]},\"\\u0063\" :\"v\\\"\"\n}"));
    Member member;
    ASSERT_TRUE(members.next(member));
    EXPECT_EQ(member.raw_key, "a");
    EXPECT_EQ(member.value.text, "1");
    EXPECT_EQ(member.value.type, Type::number);
    ASSERT_TRUE(members.next(member));
    EXPECT_EQ(member.key(), "b}");
    EXPECT_EQ(member.value.text, R"({"x":["]"]})");
    ASSERT_TRUE(members.next(member));
    EXPECT_EQ(member.raw_key, "\\u0063");
    EXPECT_TRUE(member.key_is("c"));
    EXPECT_FALSE(member.key_is("\\u0063"));
    EXPECT_FALSE(member.key_is("cc"));
    EXPECT_FALSE(member.key_is(""));
    EXPECT_EQ(string_content(member.value), "v\"");
    EXPECT_FALSE(members.next(member));
    EXPECT_FALSE(members.next(member));
}

TEST(Json, WalksElementsInOrder) {
    Elements elements(valid("[ 1,\"a,b\" , [2,[3]],{\"k\":\"]\"}, null ]"));
    std::vector<std::string> texts;
    for (Value element; elements.next(element);) {
        texts.emplace_back(element.text);
    }
    EXPECT_EQ(texts,
              (std::vector<std::string>{"1", "\"a,b\"", "[2,[3]]", "{\"k\":\"]\"}", "null"}));
    Value element;
    EXPECT_FALSE(Elements(valid("[ ]")).next(element));
    Member member;
    EXPECT_FALSE(Members(valid("{\n}")).next(member));
}

// [JSN-3], [JSN-5]
// They are skipped in blocks of bytes: each part of them meets the border of one.
TEST(Json, SkipsContainersOfEverySize) {
    for (std::size_t size = 0; size < 100; ++size) {
        const std::string padding(size, 'x');
        for (const std::string_view rest :
             {R"("}]{[",{"a":["b"]},[[]],{}])", R"("\"]}\\",{"\"{":["]"]},[[]],{}])"}) {
            const std::string array = "[\"" + padding + "\"," + std::string(rest);
            const std::string object = "{\"" + padding + "\":" + array + "}";
            const std::string text = "[" + array + "," + object + ",\"]\"," + array + "]";
            Elements elements(valid(text));
            for (const std::string& expected : {array, object, std::string(R"("]")"), array}) {
                Value element;
                ASSERT_TRUE(elements.next(element)) << text;
                EXPECT_EQ(element.text, expected);
            }
            Value none;
            EXPECT_FALSE(elements.next(none)) << text;
        }
    }
}

TEST(Json, FindsTheLastMemberOfAName) {
    const Value object = valid(R"({"a":1,"A":2,"b":{"a":5},"a":3,"\u0061":4})");
    EXPECT_EQ(find(object, "a")->text, "4");
    EXPECT_EQ(find(object, "A")->text, "2");
    EXPECT_FALSE(find(object, "c"));
}

TEST(Json, ResolvesEscapes) {
    EXPECT_EQ(unescape(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(unescape(R"(x\u00e5y\u20ac)"), "x\xc3\xa5y\xe2\x82\xac");
    EXPECT_EQ(unescape(R"(\ud83d\uDE00)"), "\xf0\x9f\x98\x80");
    EXPECT_EQ(unescape(R"(\u0000)"), std::string(1, '\0'));
    EXPECT_EQ(unescape(R"(\ud83d)"), "\xef\xbf\xbd");
    EXPECT_EQ(unescape(R"(\ude00a)"),
              "\xef\xbf\xbd"
              "a");
    EXPECT_EQ(unescape(R"(\ud83d\n)"), "\xef\xbf\xbd\n");
    EXPECT_EQ(unescape(R"(\ud83d\u0041)"),
              "\xef\xbf\xbd"
              "A");
}

// [JSN-7], [CLI-3]
TEST(Json, ReadsIntegerLiteralsOnly) {
    EXPECT_EQ(to_int64(valid("0")), 0);
    EXPECT_EQ(to_int64(valid("-0")), 0);
    EXPECT_EQ(to_int64(valid("-12")), -12);
    EXPECT_EQ(to_int64(valid("9223372036854775807")), INT64_MAX);
    EXPECT_EQ(to_int64(valid("-9223372036854775808")), INT64_MIN);
    EXPECT_EQ(to_uint64(valid("18446744073709551615")), UINT64_MAX);
    for (const std::string_view text : {"9223372036854775808", "-9223372036854775809", "1.0", "1e0",
                                        "\"1\"", "true", "null", "[1]", "{}"}) {
        EXPECT_FALSE(to_int64(valid(text))) << text;
    }
    for (const std::string_view text :
         {"18446744073709551616", "-1", "-0", "1.0", "1e2", "\"1\"", "null"}) {
        EXPECT_FALSE(to_uint64(valid(text))) << text;
    }
}

// [VAL-8]
TEST(Json, ComparesUpToWhitespaceAndEscapes) {
    const auto check = [](std::string_view a, std::string_view b, bool same) {
        EXPECT_EQ(equivalent(valid(a), valid(b)), same) << a << " and " << b;
        EXPECT_EQ(equivalent(valid(b), valid(a)), same) << b << " and " << a;
        std::string compact_a;
        std::string compact_b;
        append_compact(compact_a, valid(a));
        append_compact(compact_b, valid(b));
        EXPECT_EQ(compact_a == compact_b, same) << a << " and " << b;
    };
    check(R"({"a":[1,"x"]})", "{ \"\\u0061\" : [\n1 , \"\\u0078\" ] }", true);
    check(R"("\/")", R"("/")", true);
    check(R"("\ud83d\ude00")", "\"\xf0\x9f\x98\x80\"", true);
    check("[]", "[ ]", true);
    check("1", "1.0", false);
    check("1", "\"1\"", false);
    check("[1,2]", "[12]", false);
    check("[1,2]", "[1,2,3]", false);
    check("[[1],2]", "[[1,2]]", false);
    check(R"({"a":1,"b":2})", R"({"b":2,"a":1})", false);
    check(R"("a")", R"("a ")", false);
    check(R"(["a b"])", R"(["ab"])", false);
    check("{}", "[]", false);
    check("true", "false", false);
    check("[null]", "[]", false);
    check(R"("\n")", R"("n")", false);
}

TEST(Json, AppendsStrings) {
    std::string out = "x";
    append_string(out, std::string_view("a\"b\\c\n\r\t\x01\x1f\0\x7f\xc3\xa5", 14));
    EXPECT_EQ(out, "x\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f\\u0000\x7f\xc3\xa5\"");
    out.clear();
    append_string(out, "");
    EXPECT_EQ(out, "\"\"");
}

}  // namespace
}  // namespace resgate::json
