#include "ops/properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resgate::ops {
namespace {

TEST(Properties, AreInTheOrderOfConf26) {
    std::vector<std::string_view> names;
    for (const Property& each : properties()) {
        names.push_back(each.name);
    }
    EXPECT_THAT(
        names,
        testing::ElementsAre(
            "natsUrl", "natsCreds", "natsCert", "natsKey", "natsRootCAs", "requestTimeout",
            "bufferSize", "debug", "trace", "addr", "port", "wsPath", "apiPath", "metricsPort",
            "apiEncoding", "headerAuth", "wsHeaderAuth", "allowOrigin", "putMethod", "deleteMethod",
            "patchMethod", "tls", "certFile", "keyFile", "wsCompression", "resetThrottle",
            "referenceThrottle", "maxMessageSize", "maxHeaderSize", "maxConnections",
            "maxConnectionsPerAddress", "maxSubscriptions", "maxPendingBytes", "handshakeTimeout",
            "keepAliveTimeout", "pingInterval", "pingTimeout", "unsubscribeDelay", "threads"));
}

TEST(Properties, AreResetOneByOne) {
    Settings settings;
    settings.port = 1;
    settings.header_auth = "a.b";
    reset(settings, property("port"));
    EXPECT_EQ(settings.port, 8080);
    EXPECT_EQ(settings.header_auth, "a.b");
    reset(settings, property("headerAuth"));
    EXPECT_EQ(settings, Settings());
}

TEST(Properties, TakeZeroForTheDefaultOnlyWhereTheTableSaysSo) {  // [CONF-22]
    Settings settings;
    settings.request_timeout = 0;
    settings.buffer_size = 0;
    settings.port = 0;
    settings.nats_url = "";
    settings.ws_path = "";
    settings.api_path = "";
    settings.api_encoding = "";
    for (const Property& each : properties()) {
        reset_if_zero(settings, each);
    }
    EXPECT_EQ(settings, Settings());

    settings.addr = "";
    settings.allow_origin = "";
    settings.header_auth = "";
    settings.unsubscribe_delay = 0;
    settings.max_message_size = 0;
    settings.ping_interval = 0;
    const Settings before = settings;
    for (const Property& each : properties()) {
        reset_if_zero(settings, each);
    }
    EXPECT_EQ(settings, before);
}

}  // namespace
}  // namespace resgate::ops
