#include "ops/origin_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resgate::ops {
namespace {

using testing::ElementsAre;

std::optional<std::string> fault(std::string_view setting) {
    return fault_of_origins(split_origins(setting));
}

TEST(OriginList, SplitsAndLowersAsciiOnly) {
    EXPECT_THAT(split_origins("HTTP://B;*;"), ElementsAre("http://b", "*", ""));
    EXPECT_THAT(split_origins(""), ElementsAre(""));
    EXPECT_THAT(split_origins("http://\xc3\x84"), ElementsAre("http://\xc3\x84"));
}

TEST(OriginList, AcceptsTheOriginsOfConf45) {
    for (const char* setting :
         {"*", "http://resgate.io", "http://localhost;http://resgate.io", "HTTP://A:80",
          "http://[::1]:80", "http://[::1]", "chrome-extension://abc", "a+b-c.1://x"}) {
        EXPECT_EQ(fault(setting), std::nullopt) << setting;
    }
}

TEST(OriginList, RefusesEmptyEntries) {
    for (const char* setting : {"", ";http://localhost", "http://a;", "http://a;;http://b"}) {
        EXPECT_EQ(fault(setting), "origin must not be empty") << setting;
    }
}

TEST(OriginList, RefusesTheStarBesideOthers) {
    for (const char* setting : {"http://localhost;*", "*;*", "*;http://localhost"}) {
        EXPECT_EQ(fault(setting), "'*' must not be used together with other origin settings")
            << setting;
    }
}

TEST(OriginList, RefusesWhatIsNoOrigin) {
    for (const char* setting : {"http://this.is/invalid",
                                "http://a/",
                                "a",
                                "a:b",
                                "http:a",
                                "//a",
                                "null",
                                "http://u@a",
                                "http://a?b",
                                "http://a#b",
                                "http://a:x",
                                "http://a:",
                                "http://a:1:2",
                                "http://:80",
                                "http://",
                                "://a",
                                "1http://a",
                                "ht tp://a",
                                "http://a b",
                                "http://a\tb",
                                "http://[::1",
                                "http://[::g]",
                                "http://[::1]x",
                                "http://[]",
                                "http://::1",
                                "http://[127.0.0.1]"}) {
        EXPECT_EQ(fault(setting),
                  "'" + std::string(setting) + "' doesn't match <scheme>://<hostname>[:<port>]")
            << setting;
    }
}

TEST(OriginList, ReportsTheFirstBadEntryInLowerCase) {
    EXPECT_EQ(fault("http://a; HTTP://b;x"),
              "' http://b' doesn't match <scheme>://<hostname>[:<port>]");
    EXPECT_EQ(fault("http://a;X;"), "'x' doesn't match <scheme>://<hostname>[:<port>]");
}

}  // namespace
}  // namespace resgate::ops
