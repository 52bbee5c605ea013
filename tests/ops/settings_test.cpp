#include "ops/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/validation.h"

namespace resgate::ops {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

// The table of derived values at the end of section 6 of part 70.

TEST(Settings, DefaultsListenOn8080AndServeTheApiPath) {
    const Settings settings;
    EXPECT_EQ(validate(settings), std::nullopt);
    EXPECT_EQ(listen_address(settings), "0.0.0.0:8080");
    EXPECT_EQ(scheme(settings), "http");
    EXPECT_EQ(api_path(settings), "/api/");
    EXPECT_EQ(allowed_methods(settings), "GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(header_auth(settings), std::nullopt);
    EXPECT_EQ(ws_header_auth(settings), std::nullopt);
    EXPECT_THAT(allowed_origins(settings), ElementsAre("*"));
    EXPECT_EQ(api_encoding(settings), "json");
}

TEST(Settings, ShowAddressesIpv6InBracketsAndEmptyAsEmpty) {
    struct {
        const char* addr;
        const char* listen;
        const char* metrics;
    } const rows[] = {
        {"", ":80", ":8090"},
        {"127.0.0.1", "127.0.0.1:80", "127.0.0.1:8090"},
        {"::1", "[::1]:80", "[::1]:8090"},
    };

    for (const auto& row : rows) {
        Settings settings;
        settings.addr = row.addr;
        settings.port = 80;
        settings.metrics_port = 8090;
        EXPECT_EQ(validate(settings), std::nullopt) << row.addr;
        EXPECT_EQ(listen_address(settings), row.listen);
        EXPECT_EQ(metrics_address(settings), row.metrics);
        EXPECT_EQ(bind_address(settings), row.addr);
        EXPECT_EQ(bind_port(settings), 80);
    }
}

TEST(Settings, TakeAMappedAddressForTheIpv4Address) {  // [CONF-42]
    for (const char* addr : {"::ffff:10.1.2.3", "::FFFF:0a01:203", "0:0:0:0:0:ffff:10.1.2.3"}) {
        Settings settings;
        settings.addr = addr;
        EXPECT_EQ(validate(settings), std::nullopt);
        EXPECT_EQ(bind_address(settings), "10.1.2.3");
        EXPECT_EQ(listen_address(settings), "10.1.2.3:8080");
    }
}

TEST(Settings, SplitAuthMethodsAtTheLastDot) {
    Settings settings;
    settings.header_auth = "auth.test.foo";
    settings.ws_header_auth = "auth.test.bar";
    EXPECT_EQ(validate(settings), std::nullopt);
    EXPECT_EQ(header_auth(settings), (ResourceMethod{"auth.test", "foo"}));
    EXPECT_EQ(ws_header_auth(settings), (ResourceMethod{"auth.test", "bar"}));
}

TEST(Settings, ListMappedMethodsInFixedOrder) {  // [HTTP-50]
    Settings settings;
    settings.patch_method = "patch";
    EXPECT_EQ(allowed_methods(settings), "GET, HEAD, OPTIONS, POST, PATCH");
    settings.put_method = "put";
    settings.delete_method = "delete";
    EXPECT_EQ(allowed_methods(settings), "GET, HEAD, OPTIONS, POST, PUT, DELETE, PATCH");
}

TEST(Settings, LowerAndSortOrigins) {
    Settings settings;
    settings.allow_origin = "https://Resgate.IO;http://localhost";
    EXPECT_THAT(allowed_origins(settings), ElementsAre("http://localhost", "https://resgate.io"));
}

TEST(Settings, EndTheApiPathWithOneSlash) {  // [HTTP-14], [CONF-48]
    Settings settings;
    for (const auto& [given, path] : {std::pair("/", "/"),
                                      {"/api/", "/api/"},
                                      {"/a/b", "/a/b/"},
                                      {"api", "api/"},
                                      {"/api//", "/api//"}}) {
        settings.api_path = given;
        EXPECT_EQ(api_path(settings), path);
    }
}

TEST(Settings, ResolveWhatHasNoDefault) {  // [CONF-50]
    Settings settings;
    settings.port = 0;
    settings.addr = std::nullopt;
    settings.api_path = "";
    settings.allow_origin = std::nullopt;
    EXPECT_EQ(validate(settings), std::nullopt);
    EXPECT_EQ(listen_address(settings), "0.0.0.0:80");
    EXPECT_EQ(api_path(settings), "/");
    EXPECT_THAT(allowed_origins(settings), ElementsAre("*"));
    settings.tls = true;
    EXPECT_EQ(listen_address(settings), "0.0.0.0:443");
    EXPECT_EQ(scheme(settings), "https");
}

TEST(Settings, HaveTheDefaultsOfTheLimits) {  // [LMT-1] to [LMT-10]
    const Limits from_settings = limits(Settings());
    const Limits expected;
    EXPECT_EQ(from_settings.max_message_size, expected.max_message_size);
    EXPECT_EQ(from_settings.max_header_size, expected.max_header_size);
    EXPECT_EQ(from_settings.max_connections, expected.max_connections);
    EXPECT_EQ(from_settings.max_connections_per_address, expected.max_connections_per_address);
    EXPECT_EQ(from_settings.max_subscriptions, expected.max_subscriptions);
    EXPECT_EQ(from_settings.max_pending_bytes, expected.max_pending_bytes);
    EXPECT_EQ(from_settings.handshake_timeout, expected.handshake_timeout);
    EXPECT_EQ(from_settings.keep_alive_timeout, expected.keep_alive_timeout);
    EXPECT_EQ(from_settings.ping_interval, expected.ping_interval);
    EXPECT_EQ(from_settings.ping_timeout, expected.ping_timeout);
}

TEST(Settings, PassEachLimitOn) {
    Settings settings;
    settings.max_message_size = 1;
    settings.max_header_size = 2;
    settings.max_connections = 3;
    settings.max_connections_per_address = 4;
    settings.max_subscriptions = 5;
    settings.max_pending_bytes = 6;
    settings.handshake_timeout = 7;
    settings.keep_alive_timeout = 8;
    settings.ping_interval = 9;
    settings.ping_timeout = 10;
    settings.unsubscribe_delay = 11;
    const Limits from_settings = limits(settings);
    EXPECT_EQ(from_settings.max_message_size, 1u);
    EXPECT_EQ(from_settings.max_header_size, 2u);
    EXPECT_EQ(from_settings.max_connections, 3u);
    EXPECT_EQ(from_settings.max_connections_per_address, 4u);
    EXPECT_EQ(from_settings.max_subscriptions, 5u);
    EXPECT_EQ(from_settings.max_pending_bytes, 6u);
    EXPECT_EQ(from_settings.handshake_timeout, milliseconds(7));
    EXPECT_EQ(from_settings.keep_alive_timeout, milliseconds(8));
    EXPECT_EQ(from_settings.ping_interval, milliseconds(9));
    EXPECT_EQ(from_settings.ping_timeout, milliseconds(10));
    EXPECT_EQ(unsubscribe_delay(settings), milliseconds(11));
}

TEST(Settings, BoundTheRequestTimeout) {
    Settings settings;
    EXPECT_EQ(request_timeout(settings), milliseconds(3000));
    settings.request_timeout = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(request_timeout(settings), milliseconds(2147483647));
}

}  // namespace
}  // namespace resgate::ops
