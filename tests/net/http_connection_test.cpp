#include <gtest/gtest.h>

#include "net/echo_server.h"
#include "support/raw_client.h"

namespace resgate::net {
namespace {

class HttpConnection : public EitherTransport {};

INSTANTIATE_TEST_SUITE_P(, HttpConnection, testing::Bool(), transport_name);

using namespace std::chrono_literals;
using test::RawClient;
using test::RawResponse;

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

// [HTTP-1], [HTTP-3]
TEST_P(HttpConnection, AnswersRequestsOneAfterTheOther) {
    EchoServer server;
    RawClient client(server.port());
    for (int i = 0; i < 3; ++i) {
        const RawResponse response = client.get("/a?b");
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "GET /a?b ");
        EXPECT_EQ(response.header("Date").size(), 29U);
    }
    EXPECT_EQ(server.connections(), 1U);
}

TEST_P(HttpConnection, AcceptsARequestSplitAtEveryByte) {
    EchoServer server;
    const std::string wire =
        "\r\nPOST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    RawClient client(server.port());
    for (std::size_t at = 1; at < wire.size(); ++at) {
        client.write(wire.substr(0, at));
        server.connections();  // lets the loop see the first part alone
        client.write(wire.substr(at));
        ASSERT_EQ(client.read_response().body, "POST /p abc") << at;
    }
}

// [HTTP-1]: in request order, also when an answer comes later
TEST_P(HttpConnection, AnswersPipelinedRequestsInOrder) {
    EchoServer server;
    RawClient client(server.port());
    client.write(get("/1") + get("/later") + get("/3") + get("/later") +
                 "HEAD /5 HTTP/1.1\r\nHost: h\r\n\r\n" + get("/6"));
    EXPECT_EQ(client.read_response().body, "GET /1 ");
    EXPECT_EQ(client.read_response().body, "later");
    EXPECT_EQ(client.read_response().body, "GET /3 ");
    EXPECT_EQ(client.read_response().body, "later");
    EXPECT_EQ(client.read_response(true).header("Content-Length"), "7");
    EXPECT_EQ(client.read_response().body, "GET /6 ");
}

TEST_P(HttpConnection, KeepsOrderUnderThousandsOfPipelinedRequests) {
    EchoServer server;
    RawClient client(server.port());
    std::string wire;
    for (int i = 0; i < 3000; ++i) {
        wire += get(i % 500 == 0 ? "/later" : "/" + std::to_string(i));
    }
    std::thread writer([&] { client.write(wire); });
    for (int i = 0; i < 3000; ++i) {
        const std::string expected = i % 500 == 0 ? "later" : "GET /" + std::to_string(i) + " ";
        ASSERT_EQ(client.read_response().body, expected);
    }
    writer.join();
}

TEST_P(HttpConnection, DeliversLargeResponsesWhole) {
    EchoServer server;
    RawClient client(server.port());
    EXPECT_EQ(client.get("/big?20000000").body.size(), 20000000U);
    EXPECT_EQ(client.get("/a").status, 200);
}

TEST_P(HttpConnection, SpeaksHttp10) {
    EchoServer server;
    RawClient client(server.port());
    client.write("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.read_response().header("Connection"), "keep-alive");
    client.write("GET /b HTTP/1.0\r\n\r\n");
    const RawResponse response = client.read_response();
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_EQ(response.body, "GET /b ");
    EXPECT_TRUE(client.ends());
}

TEST_P(HttpConnection, EndsWhenEitherSideAsksForIt) {
    EchoServer server;
    for (const std::string_view target : {"/close", "/a"}) {
        RawClient client(server.port());
        const auto headers = target == "/a" ? "Connection: close\r\n" : "";
        EXPECT_EQ(client.get(target, headers).header("Connection"), "close");
        EXPECT_TRUE(client.ends());
    }
    EXPECT_TRUE(server.becomes_empty());
}

// [HTTP-1]
TEST_P(HttpConnection, SendsContinueOnlyWhenTheBodyIsStillMissing) {
    EchoServer server;
    RawClient client(server.port());
    client.write(
        "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 100);
    client.write("ok");
    EXPECT_EQ(client.read_response().body, "POST /p ok");
    client.write(
        "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(client.read_response().status, 200);
}

// [HTTP-5]
TEST_P(HttpConnection, RefusesMalformedRequestsAndCloses) {
    EchoServer server;
    const std::pair<std::string, std::string_view> rows[] = {
        {"NONSENSE\r\n\r\n", "400 Bad Request"},
        {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header"},
        {"GET /%x HTTP/1.1\r\nHost: h\r\n\r\n", "400 Bad Request"},
    };
    for (const auto& [wire, body] : rows) {
        RawClient client(server.port());
        client.write(get("/first") + wire + get("/never"));
        EXPECT_EQ(client.read_response().status, 200);
        const RawResponse response = client.read_response();
        EXPECT_EQ(response.status, 400) << wire;
        EXPECT_EQ(response.header("Content-Type"), "text/plain; charset=utf-8");
        EXPECT_EQ(response.header("Connection"), "close");
        EXPECT_EQ(response.body, body);
        EXPECT_TRUE(client.ends());
    }
}

// [LMT-2], [LMT-14]
TEST_P(HttpConnection, RefusesHeadsThatAreTooLarge) {
    EchoServer server;
    RawClient client(server.port());
    client.write("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 431);
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(server.observations.count("refused maxHeaderSize"), 1U);
}

// [HTTP-63]: the answer arrives although the client goes on sending
TEST_P(HttpConnection, AnswersRequestsWithTooLargeBodiesWithoutReadingThem) {
    Limits limits;
    limits.max_message_size = 1000;
    EchoServer server(limits);
    RawClient client(server.port());
    client.write("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
                 std::string(1000000, 'x'));
    EXPECT_EQ(client.read_response().status, 413);
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(server.observations.count("refused maxMessageSize"), 1U);
}

// [HTTP-59]
TEST_P(HttpConnection, TellsWhenTheClientGoesAwayBeforeTheAnswer) {
    EchoServer server;
    RawClient orderly(server.port());
    EXPECT_EQ(orderly.get("/a").status, 200);  // nothing may be unread when it closes
    orderly.write(get("/never"));
    ASSERT_TRUE(server.observations.wait_for("/never"));
    orderly.close();
    EXPECT_TRUE(server.observations.wait_for("closed: end of stream"));
    RawClient rude(server.port());
    rude.write(get("/never"));
    while (server.observations.count("/never") != 2) {
        std::this_thread::yield();
    }
    rude.abort();
    EXPECT_TRUE(server.observations.wait_for("closed: connection lost"));
    EXPECT_TRUE(server.becomes_empty());
}

// [HTTP-59]: reading has stopped, with more to be read.
TEST_P(HttpConnection, TellsWhenAClientGoesAwayBehindRequestsThatWait) {
    EchoServer server;
    for (const bool orderly : {true, false}) {
        RawClient client(server.port());
        client.write(get("/never"));
        std::string more;  // all of it on its way, or the end of the stream could not be
        while (more.size() < 100000) {
            more += get("/more");
        }
        client.write(more);
        if (orderly) {
            client.close();
        } else {
            client.abort();
        }
        EXPECT_TRUE(server.becomes_empty());
    }
}

TEST_P(HttpConnection, StillAnswersAClientThatHasClosedItsSide) {
    EchoServer server;
    RawClient client(server.port());
    client.write(get("/big?3000000") + get("/2"));
    client.shutdown_write();
    EXPECT_EQ(client.read_response().body.size(), 3000000U);
    EXPECT_TRUE(server.becomes_empty());
}

// [LMT-7]
TEST_P(HttpConnection, ClosesWhenARequestHeadTakesTooLong) {
    Limits limits;
    limits.handshake_timeout = 50ms;
    EchoServer server(limits);
    RawClient silent(server.port());
    EXPECT_TRUE(silent.ends());
    RawClient slow(server.port());
    EXPECT_EQ(slow.get("/a").status, 200);
    slow.write("GET /");
    EXPECT_TRUE(slow.ends());
    RawClient slow_body(server.port());
    slow_body.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
    EXPECT_TRUE(slow_body.ends());
    EXPECT_EQ(server.observations.count("refused handshakeTimeout"), 3U);
}

// [LMT-8]
TEST_P(HttpConnection, ClosesWhenIdleBetweenRequestsButNotBeforeAnAnswer) {
    Limits limits;
    limits.keep_alive_timeout = 50ms;
    EchoServer server(limits);
    RawClient waiting(server.port());
    waiting.write(get("/never"));
    RawClient client(server.port());
    EXPECT_EQ(client.get("/a").status, 200);
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(server.observations.count("refused handshakeTimeout"), 0U);
    EXPECT_EQ(server.connections(), 1U);
}

// [LMT-3], [LMT-4]
TEST_P(HttpConnection, AnswersSurplusConnectionsWith503) {
    for (const bool per_address : {false, true}) {
        Limits limits;
        (per_address ? limits.max_connections_per_address : limits.max_connections) = 1;
        EchoServer server(limits);
        RawClient first(server.port());
        EXPECT_EQ(first.get("/a").status, 200);
        RawClient second(server.port());
        const RawResponse response = second.get("/a");
        EXPECT_EQ(response.status, 503);
        EXPECT_EQ(response.header("Content-Type"), "application/json; charset=utf-8");
        EXPECT_EQ(response.body,
                  R"({"code":"system.serviceUnavailable","message":"Service unavailable"})");
        EXPECT_TRUE(second.ends());
        EXPECT_TRUE(server.observations.wait_for(per_address ? "refused maxConnectionsPerAddress"
                                                             : "refused maxConnections"));
        first.close();
        second.close();
        EXPECT_TRUE(server.becomes_empty());
        RawClient third(server.port());
        EXPECT_EQ(third.get("/a").status, 200);
    }
}

// [LMT-11]: requests are not taken up while their answers are not read
TEST_P(HttpConnection, StopsReadingFromAClientThatDoesNotReadAnswers) {
    Limits limits;
    limits.max_pending_bytes = 400000;
    limits.handshake_timeout = 100ms;  // must not hit a head that waits for us to read on
    EchoServer server(limits);
    std::string wire;
    // Long requests, of which the buffers of the system do not hold too many.
    const std::string request =
        "GET /big?5000 HTTP/1.1\r\nHost: h\r\nX: " + std::string(4000, 'x') + "\r\n\r\n";
    for (int i = 0; i < 10000; ++i) {
        wire += request;
    }
    RawClient client(server.port(), 32768);
    const std::size_t written = client.write_until_blocked(wire);
    EXPECT_LT(written, wire.size());
    server.on_loop(0, [](Clients& clients, EchoHandler&) { EXPECT_EQ(clients.size(), 1U); });
    EXPECT_EQ(server.observations.count("refused maxPendingBytes"), 0U);
    for (std::size_t i = 0; i < written / request.size(); ++i) {
        ASSERT_EQ(client.read_response().body.size(), 5000U);
    }
}

// [OPS-22]
TEST_P(HttpConnection, FinishesPendingRequestsOnShutdown) {
    EchoServer server;
    RawClient idle(server.port());
    EXPECT_EQ(idle.get("/a").status, 200);
    RawClient pending(server.port());
    pending.write(get("/later"));
    ASSERT_TRUE(server.observations.wait_for("/later"));
    server.on_loop(0, [](Clients& clients, EchoHandler&) { clients.finish(); });
    EXPECT_TRUE(idle.ends());
    const RawResponse response = pending.read_response();
    EXPECT_EQ(response.body, "later");
    EXPECT_TRUE(pending.ends());
    EXPECT_TRUE(server.becomes_empty());
}

}  // namespace
}  // namespace resgate::net
