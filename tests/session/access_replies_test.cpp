#include "session/access_replies.h"

#include <string>

#include <gtest/gtest.h>

namespace resgate::session {
namespace {

TEST(AccessReplies, AreToldApart) {
    AccessReplies replies;
    EXPECT_FALSE(replies.decode("").outcome) << "nothing is known before the first";
    const std::string granted = R"({"result":{"get":true,"call":"a"}})";
    const std::string other = R"({"result":{"get":true,"call":"b"}})";
    for (const std::string& reply : {granted, granted, other, granted, other, other}) {
        const res::Reply<res::Access> decoded = replies.decode(reply);
        ASSERT_TRUE(decoded.outcome);
        EXPECT_TRUE(decoded.outcome->get);
        EXPECT_EQ(decoded.outcome->call, reply == granted ? "a" : "b");
    }
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(replies.decode(R"({"result":{"get":1}})").outcome);
        EXPECT_TRUE(replies.decode(granted).outcome);
    }
}

TEST(AccessReplies, KeepTheirMeta) {
    AccessReplies replies;
    for (int i = 0; i < 2; ++i) {
        const auto decoded =
            replies.decode(R"({"result":{"get":true},"meta":{"header":{"X-A":["1"]}}})");
        ASSERT_EQ(decoded.meta.header.size(), 1U);
        EXPECT_EQ(decoded.meta.header[0].first, "X-A");
        EXPECT_TRUE(replies.decode(R"({"result":{"get":true}})").meta.header.empty());
    }
}

TEST(AccessReplies, ThatAreLongAreDecodedToo) {
    AccessReplies replies;
    const std::string call(1000, 'c');
    for (const char first : {'x', 'y', 'x'}) {
        const std::string calls = call + first;
        const auto decoded = replies.decode(R"({"result":{"call":")" + calls + R"("}})");
        ASSERT_TRUE(decoded.outcome);
        EXPECT_EQ(decoded.outcome->call, calls);
    }
}

}  // namespace
}  // namespace resgate::session
