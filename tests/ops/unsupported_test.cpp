#include "ops/unsupported.h"

#include <functional>

#include <gtest/gtest.h>

namespace resgate::ops {
namespace {

TEST(Unsupported, LetsTheDefaultsPass) {
    EXPECT_EQ(unsupported_property(Settings()), std::nullopt);
}

TEST(Unsupported, NamesEachPropertyThatIsSwitchedOn) {
    const std::pair<std::string_view, std::function<void(Settings&)>> rows[] = {
        {"tls", [](Settings& s) { s.tls = true; }},
    };
    for (const auto& [property, switch_on] : rows) {
        Settings settings;
        switch_on(settings);
        EXPECT_EQ(unsupported_property(settings), property);
    }
}

TEST(Unsupported, LetsEverythingElsePass) {
    Settings settings;
    settings.api_encoding = "JsonFlat";
    settings.header_auth = settings.ws_header_auth = "a.b";
    settings.put_method = settings.delete_method = settings.patch_method = "method";
    settings.allow_origin = "http://a";
    settings.cert_file = "without effect as long as tls is off";
    settings.key_file = settings.cert_file;
    settings.ws_compression = true;
    settings.reset_throttle = 4;
    settings.reference_throttle = 4;
    settings.max_connections = 10;
    settings.unsubscribe_delay = 0;
    settings.threads = 4;
    settings.debug = true;
    settings.trace = true;
    EXPECT_EQ(unsupported_property(settings), std::nullopt);
}

}  // namespace
}  // namespace resgate::ops
