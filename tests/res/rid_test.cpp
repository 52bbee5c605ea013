#include "res/rid.h"

#include <vector>

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

const std::vector<std::string> invalid_names = {
    "",
    ".test",
    "test.",
    ".test.model",
    "test..model",
    "test.model.",
    "test\tmodel",
    "test\nmodel",
    "test\rmodel",
    "test model",
    "test\xef\xbf\xbdmodel",
    "t\xc3\xa4st.model",
    "test.*.model",
    "test.>.model",
    "test.model.>",
    "test\x7f",
    "*",
    ".",
};

// [RID-1]
TEST(Rid, IsSplitAtTheFirstQuestionMark) {
    EXPECT_EQ(split_rid("a.b").name, "a.b");
    EXPECT_EQ(split_rid("a.b").query, "");
    EXPECT_EQ(split_rid("a.b?").name, "a.b");
    EXPECT_EQ(split_rid("a.b?").query, "");
    EXPECT_EQ(split_rid("a.b?x=1?y.*").name, "a.b");
    EXPECT_EQ(split_rid("a.b?x=1?y.*").query, "x=1?y.*");
    EXPECT_EQ(split_rid("?q").name, "");
}

// [RID-2] to [RID-4]: the vectors of 10.3.
TEST(Rid, AcceptsTheValidOnes) {
    for (const std::string_view rid :
         {"test", "test.model", "test.model._foo_", "test.model.<foo", "test.model.23",
          "test.model.23?", "test.model.23?foo=bar", "test.model.23?foo=test.bar",
          "test.model.23?foo=*&?", "a?\t \n\xc3\xa4", "!.~", "a.$.{}_-/\"\\"}) {
        EXPECT_TRUE(is_valid_rid(rid)) << rid;
    }
    EXPECT_TRUE(is_valid_name("test.model"));
    EXPECT_FALSE(is_valid_name("test.model?"));
}

TEST(Rid, RefusesTheInvalidOnes) {
    for (const std::string& name : invalid_names) {
        EXPECT_FALSE(is_valid_name(name)) << name;
        EXPECT_FALSE(is_valid_rid(name)) << name;
        EXPECT_FALSE(is_valid_rid(name + "?foo=test.bar")) << name;
    }
    EXPECT_FALSE(is_valid_rid("test.model.?foo=test.bar"));
    EXPECT_FALSE(is_valid_name(std::string_view("a\0b", 3)));
}

// [RID-5]
TEST(Rid, MethodsAreSingleParts) {
    for (const std::string_view method : {"set", "new", "a-b", "<", "{cid}"}) {
        EXPECT_TRUE(is_valid_method(method)) << method;
    }
    for (const std::string_view method : {"", "a.b", "a*", ">", "a?",
                                          "meth\xc3\xb6"
                                          "d",
                                          "a b"}) {
        EXPECT_FALSE(is_valid_method(method)) << method;
    }
}

// [SUBJ-9]
TEST(Rid, SubjectsOfServicesMustBeUsable) {
    for (const std::string_view subject : {"a", "_INBOX.x.1", "t\xc3\xa4st", "a.*"}) {
        EXPECT_TRUE(is_usable_subject(subject)) << subject;
    }
    for (const std::string_view subject :
         {"", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\r\nPUB", "a\x7f", "a\x01"}) {
        EXPECT_FALSE(is_usable_subject(subject)) << subject;
    }
}

// [CID-3]
TEST(Rid, EveryTagIsReplaced) {
    EXPECT_TRUE(has_cid_tag("a.{cid}"));
    EXPECT_FALSE(has_cid_tag("a.{cidd}.{CID}"));
    EXPECT_EQ(expand_cid("a.{cid}.b{cid}?x={cid}&{cid", "c7"), "a.c7.bc7?x=c7&{cid");
    EXPECT_EQ(expand_cid("a.b", "c7"), "a.b");
    EXPECT_EQ(expand_cid("{{cid}}", "c7"), "{c7}");
    EXPECT_EQ(expand_cid("", "c7"), "");
}

}  // namespace
}  // namespace resgate::res
