#include "nats/server_address.h"

#include <utility>

#include <gtest/gtest.h>

namespace resgate::nats {
namespace {

ServerAddress address(std::string host, std::uint16_t port = 4222) {
    ServerAddress server;
    server.host = std::move(host);
    server.port = port;
    return server;
}

std::vector<ServerAddress> parsed(std::string_view urls) {
    auto servers = parse_servers(urls);
    EXPECT_TRUE(servers) << urls << ": " << servers.error();
    return servers ? *servers : std::vector<ServerAddress>();
}

TEST(ServerAddress, ReadsEveryFormOfUrl) {  // [OPS-40]
    using List = std::vector<ServerAddress>;
    EXPECT_EQ(parsed("host"), List{address("host")});
    EXPECT_EQ(parsed("host:1234"), List{address("host", 1234)});
    EXPECT_EQ(parsed("nats://127.0.0.1:4222/"), List{address("127.0.0.1")});
    EXPECT_EQ(parsed("nats://[::1]"), List{address("::1")});
    EXPECT_EQ(parsed("[fe80::1]:99"), List{address("fe80::1", 99)});
    ServerAddress secure = address("host");
    secure.tls = true;
    EXPECT_EQ(parsed("tls://host"), List{secure});
}

TEST(ServerAddress, ReadsPercentEncodedCredentials) {  // [OPS-40]
    ServerAddress server = address("host", 1);
    server.user = "us@er";
    server.password = "p:w/\xc3\xa4";
    EXPECT_EQ(parsed("nats://us%40er:p%3Aw%2f%C3%A4@host:1"), std::vector{server});
    server.password = "a:b";
    EXPECT_EQ(parsed("us%40er:a:b@host:1"), std::vector{server});
    ServerAddress with_token = address("host");
    with_token.token = "s3cr,et";
    EXPECT_EQ(parsed("nats://s3cr%2Cet@host"), std::vector{with_token});
    ServerAddress without_password = address("host");
    without_password.user = "u";
    EXPECT_EQ(parsed("u:@host"), std::vector{without_password});
}

TEST(ServerAddress, ReadsAListWithBlanks) {  // [OPS-40], [NTX-1]
    EXPECT_EQ(parsed(" nats://a , b:5,,[::1]:6 ,"),
              (std::vector{address("a"), address("b", 5), address("::1", 6)}));
}

TEST(ServerAddress, RefusesWhatIsNoServerWithoutShowingSecrets) {  // [NTX-2]
    for (const std::string url : {"ws://u:secret@host",
                                  "wss://secret@host",
                                  "http://secret@host",
                                  "nats://u:secret@",
                                  "u:secret@host:0",
                                  "u:secret@host:65536",
                                  "u:secret@host:x",
                                  "u:secret@host:",
                                  "u:secret%4@host",
                                  "u:secret%zz@host",
                                  "%%secret@host",
                                  "u:secret@[::1",
                                  "u:secret@a b",
                                  "u:secret,x@host",
                                  "u:secret@::1",
                                  "u:secret@[::1]x",
                                  "nats://",
                                  ":4222",
                                  "",
                                  " , "}) {
        const auto servers = parse_servers(url);
        ASSERT_FALSE(servers) << url;
        EXPECT_TRUE(servers.error().starts_with("nats: ")) << servers.error();
        EXPECT_EQ(servers.error().find("secret"), std::string::npos) << servers.error();
    }
}

TEST(ServerAddress, MasksPasswordsAndTokensAndNothingElse) {  // [OPS-3], [NTX-2]
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"nats://localhost:4222", "nats://localhost:4222"},
        {"nats://user:pw@host", "nats://user:***@host"},
        {"user:pw@host:1", "user:***@host:1"},
        {"nats://token@host", "nats://***@host"},
        {"token@host", "***@host"},
        {"nats://u:a@b:c/d@host:4222/", "nats://u:***@host:4222/"},
        {"a, nats://u:pw@b ,t@[::1]:5,", "a, nats://u:***@b ,***@[::1]:5,"},
        {"nats://u:p,w@host", "nats://u:***,***@host"},
        {"tls://u:@host", "tls://u:***@host"},
        {"", ""},
    };
    for (const auto& [urls, shown] : cases) {
        EXPECT_EQ(masked_urls(urls), shown);
    }
}

}  // namespace
}  // namespace resgate::nats
