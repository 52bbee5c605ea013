#include "nats/handshake.h"

#include <gtest/gtest.h>

namespace resgate::nats {
namespace {

TEST(Handshake, ReadsWhatMattersOfInfo) {
    const auto info = decode_server_info(
        R"({"server_id":"N","connect_urls":["a:1","b:2"],"headers":true,"max_payload":2048,)"
        R"("tls_required":true,"tls_available":true,"nonce":"a\u0062c"})");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->max_payload, 2048U);
    EXPECT_TRUE(info->headers);
    EXPECT_TRUE(info->tls_required);
    EXPECT_TRUE(info->tls_available);
    EXPECT_EQ(info->nonce, "abc");
}

TEST(Handshake, TakesMembersOfWrongTypeForAbsent) {
    const auto info =
        decode_server_info(R"({"headers":"true","max_payload":-1,"tls_required":1,"nonce":null})");
    ASSERT_TRUE(info);
    EXPECT_FALSE(info->max_payload);
    EXPECT_FALSE(info->headers);
    EXPECT_FALSE(info->tls_required);
    EXPECT_TRUE(info->nonce.empty());
}

TEST(Handshake, RefusesInfoThatIsNoObject) {
    EXPECT_FALSE(decode_server_info(""));
    EXPECT_FALSE(decode_server_info("[]"));
    EXPECT_FALSE(decode_server_info("{"));
}

TEST(Handshake, AnnouncesHeadersAndNoRespondersIfTheServerKnowsThem) {  // [NAT-1]
    ServerInfo server;
    EXPECT_EQ(connect_options("n\"", "1.2", server, {}),
              R"({"verbose":false,"pedantic":false,"echo":true,"protocol":1,"lang":"C++",)"
              R"("name":"n\"","version":"1.2"})");
    server.headers = true;
    EXPECT_TRUE(connect_options("n", "1", server, {})
                    .ends_with(R"("version":"1","headers":true,"no_responders":true})"));
}

TEST(Handshake, SendsTheCredentialsThatAreUsed) {
    Credentials credentials;
    credentials.user = "u\"";
    credentials.password = "p";
    EXPECT_TRUE(connect_options("n", "1", {}, credentials)
                    .ends_with(R"("version":"1","user":"u\"","pass":"p"})"));
    credentials = {};
    credentials.token = "t";
    credentials.jwt = "j";
    credentials.nkey = "k";
    credentials.signature = "s";
    EXPECT_TRUE(connect_options("n", "1", {}, credentials)
                    .ends_with(R"(,"auth_token":"t","jwt":"j","nkey":"k","sig":"s"})"));
}

}  // namespace
}  // namespace resgate::nats
