#include "res/version.h"

#include <gtest/gtest.h>

namespace resgate::res {
namespace {

// [CVE-3], [CVE-4]: the table of 20.4.
TEST(Version, AcceptsMajorVersionOne) {
    EXPECT_EQ(*ProtocolVersion::parse("1.0.0"), (ProtocolVersion{1, 0, 0}));
    EXPECT_EQ(*ProtocolVersion::parse("1.1.0"), (ProtocolVersion{1, 1, 0}));
    EXPECT_EQ(*ProtocolVersion::parse("1.0.1"), (ProtocolVersion{1, 0, 1}));
    EXPECT_EQ(*ProtocolVersion::parse("1.2.3"), latest_version);
    EXPECT_EQ(*ProtocolVersion::parse("1.999.999"), (ProtocolVersion{1, 999, 999}));
    EXPECT_EQ(*ProtocolVersion::parse("0001.02.3"), (ProtocolVersion{1, 2, 3}));
}

TEST(Version, RefusesOtherForms) {
    for (const std::string_view text :
         {"", ".", "..", "1", "1.0", "1.2.3.4", "v1.0.0", "1.0.1000", "1.1000.0", "1..0", "1.2.",
          ".2.3", "1.2.3-x", "1.2.3.", "+1.2.3", "1.2.-1", " 1.2.3", "1.2.99999999999999999999"}) {
        const auto version = ProtocolVersion::parse(text);
        ASSERT_FALSE(version) << text;
        EXPECT_EQ(version.error(), errors::invalid_params()) << text;
    }
}

TEST(Version, RefusesOtherMajorVersions) {
    for (const std::string_view text : {"0.0.0", "0.999.999", "2.0.0", "3.2.1"}) {
        const auto version = ProtocolVersion::parse(text);
        ASSERT_FALSE(version) << text;
        EXPECT_EQ(version.error(), errors::unsupported_protocol()) << text;
    }
}

// [VER-3], [VER-4]
TEST(Version, OrdersAsATriple) {
    EXPECT_FALSE(initial_version.wraps_results());
    EXPECT_FALSE((ProtocolVersion{1, 1, 999}).wraps_results());
    EXPECT_TRUE((ProtocolVersion{1, 2, 0}).wraps_results());
    EXPECT_FALSE((ProtocolVersion{1, 2, 0}).knows_soft_and_data());
    EXPECT_TRUE((ProtocolVersion{1, 2, 1}).knows_soft_and_data());
    EXPECT_TRUE((ProtocolVersion{1, 999, 0}).knows_soft_and_data());
    EXPECT_EQ(*ProtocolVersion::parse(latest_version_text), latest_version);
}

}  // namespace
}  // namespace resgate::res
