// The client's side of TLS against a server's side in memory.
#include "nats/tls_session.h"

#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "support/certificates.h"
#include "support/temporary_directory.h"
#include "support/tls_server_side.h"

namespace resgate::nats {
namespace {

using namespace std::chrono_literals;
using test::ServerSide;

class TlsSessionTest : public testing::Test {
  protected:
    test::TemporaryDirectory directory_;
    test::CertificateAuthority ca_;
    TlsOptions options_{"", "", {directory_.write("ca.pem", ca_.certificate())}};
    std::optional<TlsContext> context_;
    std::optional<TlsSession> client_;
    std::string output_;    ///< of the client, ciphertext
    std::string received_;  ///< by the client, plain text

    void begin(const std::string& host) {
        auto context = TlsContext::load(options_);
        if (!context) {
            throw std::runtime_error(context.error());
        }
        context_ = std::move(*context);
        client_.emplace(*context_, host, output_);
    }

    /// Carries bytes both ways, `step` at a time, until there are no more.
    void run(ServerSide& server, std::size_t step = 1000000) {
        while (!output_.empty() || !server.output.empty()) {
            const std::string up = output_.substr(0, step);
            output_.erase(0, step);
            server.receive(up);
            const std::string down = server.output.substr(0, step);
            server.output.erase(0, step);
            received_.append(client_->receive(down));
        }
    }

    /// What comes of a handshake with a server that has a certificate for `names`.
    std::string outcome(const std::string& host, const test::Identity& identity) {
        ServerSide server(identity);
        begin(host);
        run(server);
        return client_->state() == TlsSession::State::established ? "established"
                                                                  : client_->failure();
    }
};

std::string refused(const std::string& host, const std::string& why) {
    return "nats: TLS: the certificate of " + host + " is not accepted: " + why;
}

TEST_F(TlsSessionTest, ExchangesTextInBothVersionsCutAnywhere) {  // [OPS-45]
    const test::Identity identity = ca_.issue("DNS:nats.test");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const std::size_t step : {1U, 2U, 7U, 100U, 100000U}) {
            ServerSide server(identity, version);
            received_.clear();
            begin("nats.test");
            EXPECT_EQ(client_->state(), TlsSession::State::handshaking);
            run(server, step);
            ASSERT_EQ(client_->state(), TlsSession::State::established) << client_->failure();
            client_->send("PING\r\n");
            server.send("PONG\r\n");
            run(server, step);
            EXPECT_EQ(server.received, "PING\r\n");
            EXPECT_EQ(received_, "PONG\r\n");
        }
    }
}

TEST_F(TlsSessionTest, CarriesTextOfEverySize) {
    ServerSide server(ca_.issue("DNS:nats.test"));
    begin("nats.test");
    run(server);
    std::string expected;
    for (const std::size_t size : {0U, 1U, 16383U, 16384U, 16385U, 500000U}) {
        const std::string text(size, static_cast<char>('a' + size % 26));
        client_->send(text);
        server.send(text);
        run(server, 65536);
        expected += text;
    }
    EXPECT_TRUE(server.received == expected);
    EXPECT_TRUE(received_ == expected);
}

TEST_F(TlsSessionTest, AsksForTheServerByNameButNotByAddress) {
    for (const auto& [host, asked] :
         {std::pair{"nats.test", "nats.test"}, {"127.0.0.1", ""}, {"::1", ""}}) {
        ServerSide server(ca_.issue("DNS:nats.test,IP:127.0.0.1,IP:::1"));
        begin(host);
        run(server);
        EXPECT_EQ(client_->state(), TlsSession::State::established) << client_->failure();
        EXPECT_EQ(server.name_asked_for(), asked);
    }
}

TEST_F(TlsSessionTest, AcceptsOnlyACertificateForTheHost) {  // [OPS-45]
    const test::Identity named = ca_.issue("DNS:nats.test,DNS:*.cluster.test");
    const test::Identity numbered = ca_.issue("IP:127.0.0.1,IP:::1");
    EXPECT_EQ(outcome("NATS.test", named), "established");
    EXPECT_EQ(outcome("a.cluster.test", named), "established");
    EXPECT_EQ(outcome("127.0.0.1", numbered), "established");
    EXPECT_EQ(outcome("::1", numbered), "established");
    EXPECT_EQ(outcome("0:0::0:1", numbered), "established");
    for (const char* host : {"nats", "other.test", "nats.test.evil", "cluster.test",
                             "b.a.cluster.test", "*.cluster.test.", "localhost"}) {
        EXPECT_EQ(outcome(host, named), refused(host, "hostname mismatch"));
    }
    for (const char* host : {"127.0.0.2", "::2"}) {
        EXPECT_EQ(outcome(host, numbered), refused(host, "IP address mismatch"));
    }
    EXPECT_EQ(outcome("127.0.0.1", named), refused("127.0.0.1", "IP address mismatch"));
    EXPECT_EQ(outcome("localhost", numbered), refused("localhost", "hostname mismatch"));
}

TEST_F(TlsSessionTest, TakesNoCommonNameForAHostName) {  // as the reference
    EXPECT_EQ(outcome("nats.test", ca_.issue("", 1h, "nats.test")),
              refused("nats.test", "hostname mismatch"));
}

TEST_F(TlsSessionTest, AcceptsNoCertificateOfAStranger) {  // [OPS-45]
    const test::CertificateAuthority other("Other CA");
    EXPECT_EQ(outcome("nats.test", other.issue("DNS:nats.test")),
              refused("nats.test", "unable to get local issuer certificate"));
    const test::CertificateAuthority same_name("Test CA");
    EXPECT_EQ(outcome("nats.test", same_name.issue("DNS:nats.test")),
              refused("nats.test", "certificate signature failure"));
    options_.ca_files.push_back(directory_.write("other.pem", other.certificate()));
    EXPECT_EQ(outcome("nats.test", other.issue("DNS:nats.test")), "established");
}

TEST_F(TlsSessionTest, AcceptsNoCertificateThatHasExpired) {  // [OPS-45]
    EXPECT_EQ(outcome("nats.test", ca_.issue("DNS:nats.test", -1min)),
              refused("nats.test", "certificate has expired"));
}

TEST_F(TlsSessionTest, AcceptsACertificateThatIsTrustedByItself) {
    const test::Identity identity = ca_.issue("DNS:nats.test");
    options_.ca_files = {directory_.write("server.pem", identity.certificate)};
    EXPECT_EQ(outcome("nats.test", identity), "established");
}

TEST_F(TlsSessionTest, TrustsTheSystemOnlyIfNoCaIsNamed) {  // [OPS-45]
    options_.ca_files.clear();
    EXPECT_EQ(outcome("nats.test", ca_.issue("DNS:nats.test")),
              refused("nats.test", "unable to get local issuer certificate"));
}

TEST_F(TlsSessionTest, SpeaksNothingOlderThanVersion12) {  // [OPS-45]
    begin("nats.test");
    // The system may forbid old versions as well; the gateway must not depend on it.
    SSL_CTX_set_security_level(context_->get(), 0);
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
        ServerSide server(ca_.issue("DNS:nats.test"), version);
        output_.clear();
        client_.emplace(*context_, "nats.test", output_);
        run(server);
        const bool established = client_->state() == TlsSession::State::established;
        EXPECT_EQ(established, version == TLS1_2_VERSION) << client_->failure();
        EXPECT_EQ(client_->failure().starts_with("nats: TLS: "), !established);
    }
}

TEST_F(TlsSessionTest, ShowsItsOwnCertificateIfAsked) {  // [OPS-44]
    const test::Identity own = ca_.issue("");
    options_.certificate_file = directory_.write("own.pem", own.certificate);
    options_.key_file = directory_.write("own.key", own.key);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        ServerSide server(ca_.issue("DNS:nats.test"), version);
        server.demand_client_certificate(ca_.certificate());
        begin("nats.test");
        run(server);
        ASSERT_EQ(client_->state(), TlsSession::State::established) << client_->failure();
        client_->send("x");
        run(server);
        EXPECT_EQ(server.received, "x");
    }
}

TEST_F(TlsSessionTest, SaysThatTheServerMissesACertificate) {  // [OPS-44]
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        ServerSide server(ca_.issue("DNS:nats.test"), version);
        server.demand_client_certificate(ca_.certificate());
        begin("nats.test");
        run(server);
        EXPECT_EQ(client_->state(), TlsSession::State::failed);
        EXPECT_EQ(client_->failure(), version == TLS1_3_VERSION
                                          ? "nats: TLS: tlsv13 alert certificate required"
                                          : "nats: TLS: sslv3 alert handshake failure");
    }
}

TEST_F(TlsSessionTest, FailsOnBytesThatAreNoTls) {
    begin("nats.test");
    EXPECT_EQ(client_->receive("PONG\r\n -ERR 'x'\r\n"), "");
    EXPECT_EQ(client_->state(), TlsSession::State::failed);
    EXPECT_EQ(client_->failure(), "nats: TLS: wrong version number");
    EXPECT_EQ(client_->receive("more"), "");
}

TEST_F(TlsSessionTest, FailsOnTamperedBytesAndKeepsWhatCameBefore) {
    ServerSide server(ca_.issue("DNS:nats.test"));
    begin("nats.test");
    run(server);
    server.send("first");
    std::string bytes = server.output;
    server.output.clear();
    server.send("second");
    bytes += server.output;
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    EXPECT_EQ(client_->receive(bytes), "first");
    EXPECT_EQ(client_->state(), TlsSession::State::failed);
    EXPECT_EQ(client_->failure(), "nats: TLS: decryption failed or bad record mac");
}

TEST_F(TlsSessionTest, ChangesKeysWhenTheServerWantsTo) {
    ServerSide server(ca_.issue("DNS:nats.test"));
    begin("nats.test");
    run(server);
    server.update_keys();
    server.send("a");
    run(server);
    client_->send("b");
    run(server);
    EXPECT_EQ(received_, "a");
    EXPECT_EQ(server.received, "b");
}

TEST_F(TlsSessionTest, EndsWhenOneSideSaysSo) {
    ServerSide server(ca_.issue("DNS:nats.test"));
    begin("nats.test");
    run(server);
    client_->end();
    client_->end();
    run(server);
    EXPECT_TRUE(server.has_received_end());
    server.send("last");
    server.end();
    EXPECT_EQ(client_->receive(server.output), "last");
    EXPECT_EQ(client_->state(), TlsSession::State::ended);
}

TEST_F(TlsSessionTest, FailsIfTheHostCannotBeNamed) {
    begin(std::string(300, 'x'));
    EXPECT_EQ(client_->state(), TlsSession::State::failed);
    EXPECT_TRUE(output_.empty());
}

}  // namespace
}  // namespace resgate::nats
