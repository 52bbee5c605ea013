#include "http/origin.h"

#include <gtest/gtest.h>

namespace resgate::http {
namespace {

bool accepts(const AllowedOrigins& origins, const char* origin) {
    return origins.accepts(origin == nullptr ? HeaderLines{} : HeaderLines{{"origin", origin}});
}

// [WS-C1] to [WS-C9], [HTTP-43]
TEST(AllowedOrigins, MatchWithoutNormalisationButCase) {
    struct Case {
        const char* origin;
        std::vector<std::string> allowed;
        bool accepted;
    };

    const std::vector<Case> cases{
        {"http://localhost", {"*"}, true},
        {"http://localhost", {"http://localhost"}, true},
        {"http://localhost:8080", {"http://localhost:8080"}, true},
        {"https://resgate.io", {"https://resgate.io", "http://localhost"}, true},
        {"http://localhost", {"https://resgate.io", "http://localhost"}, true},
        {nullptr, {"https://resgate.io"}, true},
        {"null", {"https://resgate.io"}, true},
        {"", {"https://resgate.io"}, false},
        {"http://resgate.io", {"https://resgate.io"}, false},
        {"https://resgate.io", {"https://api.resgate.io"}, false},
        {"https://resgate.io:8080", {"https://resgate.io"}, false},
        {"https://resgate.io", {"https://resgate.io:8080"}, false},
        {"https://Resgate.IO", {"HTTPS://resgate.io"}, true},
        {"http://localhost/", {"http://localhost"}, false},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(accepts(AllowedOrigins(c.allowed), c.origin), c.accepted)
            << (c.origin == nullptr ? "none" : c.origin);
    }
}

TEST(AllowedOrigins, LookAtTheFirstOriginHeaderOnly) {
    const AllowedOrigins origins({"http://a"});
    EXPECT_TRUE(origins.accepts({{"Origin", "http://a"}, {"Origin", "http://b"}}));
    EXPECT_FALSE(origins.accepts({{"Origin", "http://b"}, {"Origin", "http://a"}}));
}

// [HTTP-42]
TEST(AllowedOrigins, AreSortedAndLowerCase) {
    EXPECT_EQ(AllowedOrigins({"https://b", "HTTP://A"}).first(), "http://a");
    EXPECT_TRUE(AllowedOrigins().everybody());
}

}  // namespace
}  // namespace resgate::http
