// TLS on the connection, with a real server, and with one that does what a test tells it.

#include <gtest/gtest.h>

#include "nats/credentials_file.h"
#include "nats/fake_server.h"
#include "nats/observed_connection.h"
#include "support/certificates.h"
#include "support/nats_server.h"
#include "support/temporary_directory.h"

namespace resgate::nats {
namespace {

using namespace std::chrono_literals;

class ConnectionTlsTest : public testing::Test {
  protected:
    test::TemporaryDirectory directory_;
    test::CertificateAuthority ca_;
    test::Identity identity_ = ca_.issue("IP:127.0.0.1,DNS:localhost");
    std::string ca_file_ = directory_.write("ca.pem", ca_.certificate());
    net::EventLoop loop_{"test"};

    /// The part of a server's configuration.
    std::string tls_block(const std::string& more = {}) {
        return "tls { cert_file: \"" + directory_.write("server.pem", identity_.certificate) +
               "\"\n key_file: \"" + directory_.write("server.key", identity_.key) + "\"\n" + more +
               "}\n";
    }

    ConnectionOptions options(const std::string& urls) {
        ConnectionOptions options = ObservedConnection::options(urls);
        options.tls.ca_files = {ca_file_};
        return options;
    }

    std::string refusal(ConnectionOptions options) {
        ObservedConnection observed(loop_, std::move(options));
        observed.connection.start();
        return observed.wait_closed();
    }
};

TEST_F(ConnectionTlsTest, CarriesMessagesOfEverySizeInOrder) {  // [OPS-45], [OPS-48]
    test::NatsServer server({}, tls_block());
    ObservedConnection observed(loop_, options(server.url()));
    observed.connect();
    ASSERT_TRUE(observed.connection.subscribe("a"));
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < 3000; ++i) {
        sent.emplace_back(i % 500 == 499 ? 1048576 : i * 7 % 5000, static_cast<char>('a' + i % 26));
        ASSERT_EQ(observed.connection.publish("a", "", sent.back()), SendStatus::sent);
    }
    observed.wait_received(sent.size());
    ASSERT_EQ(observed.received.size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        ASSERT_TRUE(observed.received[i].payload == sent[i]) << i;
    }
    observed.connection.close();
    EXPECT_EQ(observed.wait_closed(), "");
}

TEST_F(ConnectionTlsTest, IsUsedWhenTheServerWantsItAndChecksTheServerAllTheSame) {  // [OPS-45]
    test::NatsServer server({}, tls_block());
    // The CAs of the system know nothing of ours.
    EXPECT_EQ(refusal(ObservedConnection::options(server.url())),
              "nats: TLS: the certificate of 127.0.0.1 is not accepted: unable to get local issuer "
              "certificate");
}

TEST_F(ConnectionTlsTest, ChecksTheHostOfTheUrl) {  // [OPS-45]
    test::NatsServer server({}, tls_block());
    const std::string port = std::to_string(server.port());
    ObservedConnection named(loop_, options("tls://localhost:" + port));
    named.connect();
    identity_ = ca_.issue("IP:127.0.0.2,DNS:nats.test");
    test::NatsServer other({}, tls_block());
    EXPECT_EQ(refusal(options(other.url())),
              "nats: TLS: the certificate of 127.0.0.1 is not accepted: IP address mismatch");
    EXPECT_EQ(refusal(options("localhost:" + std::to_string(other.port()))),
              "nats: TLS: the certificate of localhost is not accepted: hostname mismatch");
}

TEST_F(ConnectionTlsTest, MustBeOfferedIfTheSettingsOrOneOfTheUrlsWantIt) {  // [OPS-42]
    test::NatsServer plain;
    const std::string reason = "nats: secure connection not available";
    EXPECT_EQ(refusal(options(plain.url())), reason);
    EXPECT_EQ(refusal(ObservedConnection::options("tls" + plain.url().substr(4))), reason);
    EXPECT_EQ(refusal(ObservedConnection::options(plain.url() + ",tls://127.0.0.1:1")), reason);
}

TEST_F(ConnectionTlsTest, IsUsedWhereItIsOptionalIfTheSettingsWantIt) {
    test::NatsServer server({}, tls_block() + "allow_non_tls: true\n");
    ObservedConnection plain(loop_, ObservedConnection::options(server.url()));
    plain.connect();
    // With the wrong host it fails, so it is in use.
    identity_ = ca_.issue("IP:127.0.0.2");
    test::NatsServer other({}, tls_block() + "allow_non_tls: true\n");
    EXPECT_EQ(refusal(options(other.url())),
              "nats: TLS: the certificate of 127.0.0.1 is not accepted: IP address mismatch");
    ObservedConnection secured(loop_, options(server.url()));
    secured.connect();
}

TEST_F(ConnectionTlsTest, GoesOnToAServerWithAnotherRequirement) {  // [OPS-41], [NTX-1]
    test::NatsServer secured({}, tls_block());
    identity_ = ca_.issue("DNS:elsewhere");
    test::NatsServer other({}, tls_block());
    test::NatsServer plain;
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
        const std::string urls = other.url() + "," + plain.url() + "," + secured.url();
        ObservedConnection observed(loop_, options(urls), seed);
        observed.connect();
        observed.round_trip();
        // Without a CA nothing but the plain server is left.
        ObservedConnection without(loop_, ObservedConnection::options(urls), seed);
        without.connect();
    }
}

TEST_F(ConnectionTlsTest, ShowsACertificateToAServerThatVerifiesClients) {  // [OPS-44]
    test::NatsServer server({}, tls_block("ca_file: \"" + ca_file_ + "\"\n verify: true\n"));
    EXPECT_EQ(refusal(options(server.url())), "nats: TLS: sslv3 alert bad certificate");
    const auto with = [&](const test::Identity& own) {
        ConnectionOptions result = options(server.url());
        result.tls.certificate_file = directory_.write("own.pem", own.certificate);
        result.tls.key_file = directory_.write("own.key", own.key);
        return result;
    };
    ObservedConnection observed(loop_, with(ca_.issue("DNS:client")));
    observed.connect();
    observed.round_trip();
    EXPECT_EQ(refusal(with(test::CertificateAuthority("Other").issue(""))),
              "nats: TLS: sslv3 alert bad certificate");
    EXPECT_EQ(refusal(with(ca_.issue("", -1min))), "nats: TLS: sslv3 alert bad certificate");
}

TEST_F(ConnectionTlsTest, CarriesCredentials) {  // [OPS-40], [OPS-43]
    test::NatsServer server({"--user", "u", "--pass", "p"}, tls_block());
    const std::string port = std::to_string(server.port());
    ObservedConnection observed(loop_, options("nats://u:p@127.0.0.1:" + port));
    observed.connect();
    EXPECT_EQ(refusal(options("nats://u:q@127.0.0.1:" + port)), "nats: Authorization Violation");
}

TEST_F(ConnectionTlsTest, ReportsBadSettingsBeforeItConnects) {  // [OPS-44], [OPS-45]
    FakeServer server(loop_);
    ConnectionOptions bad = options(server.url());
    bad.tls.key_file = "x";
    EXPECT_EQ(refusal(bad), "missing --natscert file option");
    bad.tls = {"", "", {directory_.path("missing")}};
    EXPECT_EQ(refusal(bad), "nats: error loading or parsing rootCA file: open " +
                                directory_.path("missing") + ": no such file or directory");
    EXPECT_EQ(server.accepted, 0U);
}

TEST_F(ConnectionTlsTest, EndsWhenTheServerIsKilledOrStopped) {  // [OPS-30]
    for (const int signal : {SIGKILL, SIGTERM}) {
        test::NatsServer server({}, tls_block());
        ObservedConnection observed(loop_, options(server.url()));
        observed.connect();
        server.stop(signal);
        const std::string reason = observed.wait_closed();
        EXPECT_TRUE(reason == "EOF" || reason == "nats: Server Shutdown") << reason;
    }
}

TEST_F(ConnectionTlsTest, TakesNothingForTheServersThatCameBeforeIt) {
    // Whoever is in between could add lines to the greeting, the only thing sent in plain text.
    FakeServer server(loop_);
    server.when_accepted = [&] {
        server.send(
            "PING\r\nINFO {\"tls_required\":true}\r\nPING\r\n-ERR 'Authorization Violation'\r\n"
            "PONG\r\nMSG a 1 1\r\nx\r\n");
    };
    ObservedConnection observed(loop_, options(server.url()));
    observed.connection.start();
    run_until(loop_, [&] { return !server.received.empty(); });
    EXPECT_EQ(server.received.front(), '\x16') << "not a TLS handshake";
    EXPECT_EQ(server.count("PONG"), 0U);
    server.send("PONG\r\n");
    EXPECT_EQ(observed.wait_closed(), "nats: TLS: wrong version number");
    EXPECT_FALSE(observed.connected);
}

TEST_F(ConnectionTlsTest, GivesUpOnAServerThatIsSilentInTheHandshake) {  // [OPS-41]
    FakeServer server(loop_);
    server.when_accepted = [&] { server.send("INFO {\"tls_required\":true}\r\n"); };
    ConnectionOptions impatient = options(server.url());
    impatient.connect_timeout = 30ms;
    EXPECT_EQ(refusal(impatient), "nats: timeout");
    run_until(loop_, [&] { return server.ended; });
}

TEST_F(ConnectionTlsTest, TellsNobodyTheCredentialsBeforeTheServerIsKnown) {  // [NTX-2]
    FakeServer server(loop_);
    server.when_accepted = [&] { server.send("INFO {\"tls_required\":true}\r\n"); };
    ConnectionOptions with =
        options("nats://somebody:secret@127.0.0.1:" + std::to_string(server.port()));
    with.connect_timeout = 30ms;
    EXPECT_EQ(refusal(with), "nats: timeout");
    run_until(loop_, [&] { return server.ended; });
    EXPECT_EQ(server.count("secret") + server.count("CONNECT"), 0U);
}

TEST_F(ConnectionTlsTest, EndsIfTooMuchIsPending) {
    test::NatsServer server({}, tls_block());
    ConnectionOptions small = options(server.url());
    small.max_pending_bytes = 20000000;
    ObservedConnection observed(loop_, small);
    observed.connect();
    server.pause();
    const std::string payload(1000000, 'x');
    int sent = 0;
    while (observed.connection.publish("a", "", payload) == SendStatus::sent) {
        ASSERT_LT(++sent, 100);
        observed.connection.flush();
    }
    EXPECT_EQ(observed.wait_closed(), "nats: server does not read");
    server.resume();
}

}  // namespace
}  // namespace resgate::nats
