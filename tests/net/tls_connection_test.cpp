#include <array>
#include <memory>

#include <gtest/gtest.h>

#include "net/echo_server.h"
#include "support/raw_client.h"

// What is the same with and without TLS is tested by the suites that derive from `EitherTransport`.

namespace resgate::net {
namespace {

using namespace std::chrono_literals;
using test::CertificateAuthority;
using test::client_frame;
using test::Endpoint;
using test::RawClient;
using test::TlsOptions;

constexpr std::string_view only_http_2 = "\x02h2";
constexpr std::string_view both_protocols = "\x02h2\x08http/1.1";

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

TlsOptions version(int number) {
    TlsOptions options;
    options.min_version = options.max_version = number;
    return options;
}

struct TlsConnection : testing::Test {
    /// A connection on which TLS has not begun.
    RawClient connect(int receive_buffer = 0) {
        return RawClient(Endpoint(server.port().port), receive_buffer);
    }

    void expect_service() { EXPECT_EQ(RawClient(server.port()).get("/a").status, 200); }

    EchoServer server{{}, 1, server_context()};
};

TEST_F(TlsConnection, AcceptsAHandshakeSplitAtEveryByte) {
    for (const int number : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        RawClient client = connect();
        EXPECT_TRUE(client.start_tls(version(number), 1, [this] { server.connections(); }));
        EXPECT_EQ(client.get("/a").body, "GET /a ");
    }
}

TEST_F(TlsConnection, AcceptsRecordsSplitAtEveryByte) {
    RawClient client(server.port());
    client.tls()->send(get("/a"));
    const std::string wire = client.tls()->take_output();
    for (const char byte : wire) {
        client.write_raw({&byte, 1});
        server.connections();  // lets the loop see it alone
    }
    EXPECT_EQ(client.read_response().body, "GET /a ");
}

// [OPS-12], [OPS-14]
TEST_F(TlsConnection, RefusesVersionsBefore12) {
    for (const int number : {TLS1_VERSION, TLS1_1_VERSION}) {
        EXPECT_FALSE(connect().start_tls(version(number)));
        EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    }
    EXPECT_TRUE(server.becomes_empty());
    EXPECT_EQ(server.observations.count("handshake failed: unsupported protocol"), 2U);
    EXPECT_EQ(server.observations.count("refused handshakeTimeout"), 0U);
    expect_service();
}

// [HTTP-2]
TEST_F(TlsConnection, OffersOnlyHttp11) {
    RawClient client = connect();
    TlsOptions options;
    options.protocols = both_protocols;
    ASSERT_TRUE(client.start_tls(options));
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.tls()->ssl(), &chosen, &size);
    EXPECT_EQ(std::string(chosen, chosen + size), "http/1.1");
    EXPECT_EQ(client.get("/a").status, 200);
    options.protocols = only_http_2;
    EXPECT_FALSE(connect().start_tls(options));
    expect_service();
}

// [OPS-12]
TEST_F(TlsConnection, ShowsTheWholeChainAndAsksForNoClientCertificate) {
    const CertificateAuthority root("root");
    const CertificateAuthority between("between", &root);
    for (const test::KeyKind kind : {test::KeyKind::ec, test::KeyKind::rsa}) {
        test::Identity identity = between.issue("IP:127.0.0.1", 1h, "leaf", kind);
        identity.certificate += between.certificate();
        EchoServer chained({}, 1, server_context(identity));
        for (const int number : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            RawClient client(Endpoint(chained.port().port));
            TlsOptions options = version(number);
            options.trusted = root.certificate();
            ASSERT_TRUE(client.start_tls(options));
            EXPECT_EQ(SSL_get_verify_result(client.tls()->ssl()), X509_V_OK);
            EXPECT_EQ(SSL_get0_peer_CA_list(client.tls()->ssl()), nullptr);
            EXPECT_EQ(client.get("/a").status, 200);
        }
    }
}

// [OPS-14]
TEST_F(TlsConnection, SurvivesAClientThatDoesNotTrustIt) {
    TlsOptions options;
    options.trusted = CertificateAuthority("stranger").certificate();
    EXPECT_FALSE(connect().start_tls(options));
    EXPECT_TRUE(server.observations.wait_for("handshake failed: tlsv1 alert unknown ca"));
    expect_service();
}

// [OPS-14]
TEST_F(TlsConnection, EndsOrderlyAfterGarbage) {
    for (const std::string& garbage :
         {std::string(100, '\0'), std::string("\x16\x03\x01\0\x04hi!!", 9),
          std::string("\x17\x03\x03\0\x02hi", 7)}) {
        RawClient client = connect();
        client.write_raw(garbage + std::string(100000, 'x'));
        client.shutdown_write();
        client.read_all();  // perhaps an alert
    }
    EXPECT_TRUE(server.becomes_empty());
    EXPECT_EQ(server.observations.count_beginning("handshake failed"), 3U);
    expect_service();
}

// [OPS-13]
TEST_F(TlsConnection, AnswersPlainHttpLikeTheReference) {
    const std::string answer =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    RawClient client = connect();
    client.write_raw(get("/a"));
    EXPECT_EQ(client.read_all(), answer);
    RawClient slow = connect();
    slow.write_raw("P");
    server.connections();
    slow.write_raw("OST /a HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" +
                   std::string(1000000, 'x'));
    EXPECT_EQ(slow.read_all(), answer);
    client.close();
    slow.close();
    EXPECT_TRUE(server.becomes_empty());
    EXPECT_EQ(server.observations.count(
                  "handshake failed: client sent an HTTP request to an HTTPS server"),
              2U);
}

// [LMT-7]
TEST(TlsTimeout, ClosesWhenTheHandshakeTakesTooLong) {
    Limits limits;
    limits.handshake_timeout = 50ms;
    EchoServer server(limits, 1, server_context());
    RawClient silent(Endpoint(server.port().port));
    RawClient stuck(Endpoint(server.port().port));
    test::TlsChannel channel{TlsOptions()};
    std::string text;
    channel.receive({}, text);
    stuck.write_raw(channel.take_output().substr(0, 50));
    EXPECT_TRUE(silent.ends());
    EXPECT_TRUE(stuck.ends());
    RawClient late(server.port());  // shaken hands, and then no request
    EXPECT_TRUE(late.ends());
    EXPECT_EQ(server.observations.count("refused handshakeTimeout"), 3U);
}

TEST_F(TlsConnection, SaysNothingOfClientsThatGoAwayDuringTheHandshake) {
    connect().close();
    RawClient half = connect();
    half.write_raw(std::string("\x16\x03\x01\x02\0\x01", 6));
    half.close();
    RawClient rude = connect();
    rude.write_raw("\x16");
    rude.abort();
    EXPECT_TRUE(server.becomes_empty());
    EXPECT_EQ(server.observations.count_beginning("handshake failed"), 0U);
}

// [OPS-12]
TEST_F(TlsConnection, RefusesRenegotiation) {
    RawClient client = connect();
    ASSERT_TRUE(client.start_tls(version(TLS1_2_VERSION)));
    SSL_renegotiate(client.tls()->ssl());
    std::string text;
    client.tls()->receive({}, text);
    client.write_raw(client.tls()->take_output());
    EXPECT_EQ(client.read(1), "");  // nothing but an alert, with which the client gives up
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
    expect_service();
}

TEST_F(TlsConnection, GoesOnWhileKeysAreChanged) {
    RawClient client(server.port());
    ASSERT_EQ(client.upgrade().status, 101);
    for (int i = 0; i < 20; ++i) {
        SSL_key_update(client.tls()->ssl(), SSL_KEY_UPDATE_REQUESTED);
        client.send_text("big 20000");
        EXPECT_EQ(client.read_text().size(), 20000U);
    }
}

TEST_F(TlsConnection, SaysThatNothingMoreWillCome) {
    RawClient client(server.port());
    EXPECT_EQ(client.get("/close").status, 200);
    EXPECT_TRUE(client.ends());
    EXPECT_TRUE(client.tls()->has_ended());
    RawClient websocket(server.port());
    websocket.upgrade();
    websocket.send_text("close");
    EXPECT_EQ(websocket.read_frame().close_code(), 1000U);
    EXPECT_TRUE(websocket.ends());
    EXPECT_TRUE(websocket.tls()->has_ended());
}

// The end of the client's stream is in the same read as its last request, and no end of the TCP
// connection follows that could wake the server.
TEST_F(TlsConnection, NoticesAnEndThatCameWithTheLastBytes) {
    RawClient client(server.port());
    client.tls()->send(get("/big?3000000"));
    client.tls()->close();
    client.write_raw(client.tls()->take_output());
    EXPECT_EQ(client.read_response().body.size(), 3000000U);
    EXPECT_TRUE(client.ends());
    RawClient websocket(server.port());
    websocket.upgrade();
    websocket.tls()->send(client_frame(1, "last"));
    websocket.tls()->close();
    websocket.write_raw(websocket.tls()->take_output());
    EXPECT_TRUE(server.observations.wait_for("closed: end of stream"));
}

/// Connects with TLS of this version, reads an answer, and returns the session.
SSL_SESSION* session_of(EchoServer& server, TlsOptions options, bool resumed) {
    RawClient client(Endpoint(server.port().port));
    EXPECT_TRUE(client.start_tls(options));
    EXPECT_EQ(client.get("/a").status, 200);
    EXPECT_EQ(SSL_session_reused(client.tls()->ssl()) == 1, resumed);
    client.shutdown_write();  // the session of a connection that breaks off is no good
    return SSL_get1_session(client.tls()->ssl());
}

// Tickets in TLS 1.3 only, and none outlives the certificate.
TEST_F(TlsConnection, ResumesSessionsOfTls13UntilTheCertificateIsReplaced) {
    TlsOptions options;
    const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(
        session_of(server, options, false), SSL_SESSION_free);
    EXPECT_EQ(SSL_SESSION_has_ticket(session.get()), 1);
    options.session = session.get();
    SSL_SESSION_free(session_of(server, options, true));
    server.on_loop(0, [](Clients& clients, EchoHandler&) { clients.use_tls(server_context()); });
    SSL_SESSION_free(session_of(server, options, false));

    options = version(TLS1_2_VERSION);
    const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> old(
        session_of(server, options, false), SSL_SESSION_free);
    EXPECT_EQ(SSL_SESSION_has_ticket(old.get()), 0);
    options.session = old.get();
    SSL_SESSION_free(session_of(server, options, false));
}

std::string shown_certificate(RawClient& client) {
    X509* const certificate = SSL_get0_peer_certificate(client.tls()->ssl());
    std::array<char, 256> name{};
    return X509_NAME_oneline(X509_get_subject_name(certificate), name.data(), name.size());
}

// [OPS-15]
TEST_F(TlsConnection, ShowsANewCertificateToNewConnectionsOnly) {
    RawClient before(server.port());
    EXPECT_EQ(before.get("/a").status, 200);
    server.on_loop(0, [](Clients& clients, EchoHandler&) {
        clients.use_tls(server_context(CertificateAuthority().issue("DNS:x", 1h, "another")));
    });
    EXPECT_EQ(before.get("/a").status, 200);
    RawClient after(server.port());
    EXPECT_EQ(shown_certificate(after), "/CN=another");
    EXPECT_EQ(after.get("/a").status, 200);
}

// More than the client's window holds: to read on, the server has to wait until it can write.
TEST(TlsHandshake, FinishesAlthoughTheServersPartIsLarge) {
    std::string names = "DNS:a";
    while (names.size() < 60000) {
        names += ",DNS:" + std::string(60, 'a');
    }
    const CertificateAuthority authority;
    test::Identity identity = authority.issue("DNS:localhost");
    const std::string filler = authority.issue(names).certificate;
    for (int i = 0; i < 100; ++i) {
        identity.certificate += filler;
    }
    EchoServer server({}, 1, server_context(identity));
    for (const int number : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        RawClient client(Endpoint(server.port().port), 4096);
        TlsOptions options = version(number);
        options.max_certificates = 10000000;
        ASSERT_TRUE(client.start_tls(options));
        EXPECT_EQ(client.get("/a").status, 200);
    }
}

}  // namespace
}  // namespace resgate::net
