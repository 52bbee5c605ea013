#include <thread>

#include <gtest/gtest.h>

#include "net/echo_server.h"
#include "support/raw_client.h"

namespace resgate::net {
namespace {

class WebSocketConnection : public EitherTransport {};

INSTANTIATE_TEST_SUITE_P(, WebSocketConnection, testing::Bool(), transport_name);

using namespace std::chrono_literals;
using test::client_frame;
using test::RawClient;
using test::RawFrame;
using test::RawResponse;

constexpr unsigned text_opcode = 1;
constexpr unsigned close_opcode = 8;
constexpr unsigned ping_opcode = 9;
constexpr unsigned pong_opcode = 10;

RawClient connect(EchoServer& server, int receive_buffer = 0) {
    RawClient client(server.port(), receive_buffer);
    EXPECT_EQ(client.upgrade().status, 101);
    return client;
}

void expect_close(RawClient& client, unsigned code) {
    const RawFrame frame = client.read_frame();
    EXPECT_EQ(frame.opcode, close_opcode);
    EXPECT_EQ(frame.close_code(), code);
    EXPECT_TRUE(client.ends());
}

// [WS-6], [WS-7], [WS-C70]
TEST_P(WebSocketConnection, IsOpenedByAnUpgrade) {
    EchoServer server;
    RawClient client(server.port());
    EXPECT_EQ(client.get("/first").status, 200);
    const RawResponse response = client.upgrade("/", "Sec-WebSocket-Protocol: a\r\n");
    EXPECT_EQ(response.status, 101);
    EXPECT_EQ(response.header("Upgrade"), "websocket");
    EXPECT_EQ(response.header("Connection"), "Upgrade");
    EXPECT_EQ(response.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(response.header("Sec-WebSocket-Protocol"), "");
    EXPECT_EQ(response.header("X-Meta"), "yes");
    client.send_text("hello");
    EXPECT_EQ(client.read_text(), "hello");
}

// [WS-4], [WS-C71], [WS-C72]
TEST_P(WebSocketConnection, CanFollowARefusedUpgrade) {
    EchoServer server;
    RawClient client(server.port());
    const RawResponse refusal = client.get("/");
    EXPECT_EQ(refusal.status, 400);
    EXPECT_EQ(refusal.body, "Bad Request\n");
    EXPECT_EQ(client.upgrade().status, 101);
    client.send_text("hello");
    EXPECT_EQ(client.read_text(), "hello");
}

TEST_P(WebSocketConnection, TakesMessagesSentBeforeTheHandshakeIsAnswered) {
    EchoServer server;
    RawClient client(server.port());
    client.write(
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: k\r\n\r\n" +
        client_frame(1, "one") + client_frame(1, "two"));
    EXPECT_EQ(client.read_response().status, 101);
    EXPECT_EQ(client.read_text(), "one");
    EXPECT_EQ(client.read_text(), "two");
}

// [WS-C77]
TEST_P(WebSocketConnection, ReassemblesFragmentsAndAnswersPingsBetweenThem) {
    EchoServer server;
    RawClient client = connect(server);
    client.write(client_frame(2, "binary"));
    EXPECT_EQ(client.read_text(), "binary");
    client.write(client_frame(1, "frag", false) + client_frame(9, "ping") +
                 client_frame(10, "unasked") + client_frame(0, "ment"));
    const RawFrame pong = client.read_frame();
    EXPECT_EQ(pong.opcode, pong_opcode);
    EXPECT_EQ(pong.payload, "ping");
    EXPECT_EQ(client.read_text(), "fragment");
}

TEST_P(WebSocketConnection, AcceptsMessagesSplitAtEveryByte) {
    EchoServer server;
    RawClient client = connect(server);
    const std::string wire = client_frame(1, "first") + client_frame(1, "second");
    for (std::size_t at = 1; at < wire.size(); ++at) {
        client.write(wire.substr(0, at));
        server.connections();  // lets the loop see the first part alone
        client.write(wire.substr(at));
        ASSERT_EQ(client.read_text(), "first");
        ASSERT_EQ(client.read_text(), "second");
    }
}

// [WS-C78], [WS-44]
TEST_P(WebSocketConnection, AnswersCloseFramesAndCloses) {
    EchoServer server;
    for (const auto& [payload, code] : {std::pair<std::string, unsigned>("\x03\xe8"
                                                                         "bye",
                                                                         1000),
                                        {"\x0f\xa0", 4000},
                                        {"", 0},
                                        {"x", 0}}) {
        RawClient client = connect(server);
        client.write(client_frame(1, "before") + client_frame(close_opcode, payload) +
                     client_frame(1, "after"));
        EXPECT_EQ(client.read_text(), "before");
        const RawFrame frame = client.read_frame();
        EXPECT_EQ(frame.opcode, close_opcode);
        EXPECT_EQ(frame.close_code(), code);
        EXPECT_EQ(frame.payload.size(), code == 0 ? 0U : 2U);
        EXPECT_TRUE(client.ends());
    }
    EXPECT_TRUE(server.becomes_empty());
    EXPECT_EQ(server.observations.count("closed: closed by the client"), 4U);
}

// [WS-C79], [WS-45]
TEST_P(WebSocketConnection, AnswersProtocolErrorsWith1002) {
    EchoServer server;
    std::string unmasked = client_frame(1, "x");
    unmasked[1] = 1;
    for (const std::string& wire :
         {unmasked, client_frame(1, "x", true, 4), client_frame(3, "x"), client_frame(0, "x"),
          client_frame(1, "x", false) + client_frame(1, "y"), client_frame(9, "x", false),
          client_frame(9, std::string(126, 'x')), client_frame(8, "\x03\xed"),
          client_frame(8, "\x03\xe8\xff")}) {
        RawClient client = connect(server);
        client.write(wire + client_frame(1, "ignored"));
        expect_close(client, 1002);
    }
}

// [WS-C80]
TEST_P(WebSocketConnection, CarriesLargeMessagesBothWays) {
    EchoServer server;
    RawClient client = connect(server);
    const std::string large(900000, 'l');
    client.send_text(large);
    EXPECT_EQ(client.read_text(), large);
    client.send_text("big 200000");
    EXPECT_EQ(client.read_text().size(), 200000U);
}

// [WS-C81], [LMT-1], [LMT-14]
TEST_P(WebSocketConnection, AnswersTooLongMessagesWith1009) {
    Limits limits;
    limits.max_message_size = 1000;
    EchoServer server(limits);
    RawClient whole = connect(server);
    whole.send_text(std::string(1000, 'x'));
    EXPECT_EQ(whole.read_text().size(), 1000U);
    whole.send_text(std::string(1001, 'x'));
    expect_close(whole, 1009);
    RawClient fragments = connect(server);
    fragments.write(client_frame(1, std::string(600, 'x'), false) +
                    client_frame(0, std::string(401, 'x'), false));
    expect_close(fragments, 1009);
    EXPECT_EQ(server.observations.count("refused maxMessageSize"), 2U);
}

// [WS-C82], [DEC-5], [JSN-10]
TEST_P(WebSocketConnection, AnswersInvalidUtf8InTextOnlyWith1007) {
    EchoServer server;
    RawClient client = connect(server);
    client.write(client_frame(2, "\x22\xc3\x28\x22"));
    EXPECT_EQ(client.read_text(), "\x22\xef\xbf\xbd\x28\x22");
    client.send_text("\x22\xc3\x28\x22");
    expect_close(client, 1007);
}

// [WS-46], [WS-47]
TEST_P(WebSocketConnection, EndsWithTheStream) {
    EchoServer server;
    RawClient orderly = connect(server);
    orderly.close();
    EXPECT_TRUE(server.observations.wait_for("closed: end of stream"));
    RawClient rude = connect(server);
    rude.abort();
    EXPECT_TRUE(server.observations.wait_for("closed: connection lost"));
    EXPECT_TRUE(server.becomes_empty());
}

TEST_P(WebSocketConnection, MayBeClosedFromWithinACallback) {
    EchoServer server;
    for (const std::string_view message : {"close", "close-twice"}) {
        RawClient client = connect(server);
        client.write(client_frame(1, message) + client_frame(1, "after"));
        expect_close(client, 1000);
    }
    EXPECT_TRUE(server.becomes_empty());
    EXPECT_EQ(server.observations.count("closed: as the client wishes"), 2U);
}

// [LMT-6], [LMT-14]
TEST_P(WebSocketConnection, ClosesASlowReaderWith1013) {
    Limits limits;
    limits.max_pending_bytes = 1000000;
    EchoServer server(limits);
    RawClient client = connect(server, 4096);
    client.send_text("flood 20000");
    ASSERT_TRUE(server.observations.wait_for("closed: maxPendingBytes exceeded"));
    EXPECT_EQ(server.observations.count("refused maxPendingBytes"), 1U);
    RawFrame frame = client.read_frame();
    while (frame.opcode == text_opcode && frame.payload.size() == 1000) {
        frame = client.read_frame();
    }
    EXPECT_EQ(frame.opcode, close_opcode);
    EXPECT_EQ(frame.close_code(), 1013U);
    EXPECT_TRUE(client.ends());
}

// [LMT-6]: what a single turn queues is not held against a client that reads
TEST_P(WebSocketConnection, SendsASingleMessageAboveTheLimitAndBurstsToAReader) {
    Limits limits;
    limits.max_pending_bytes = 100000;
    EchoServer server(limits);
    RawClient client = connect(server);
    client.send_text("big 3000000");
    EXPECT_EQ(client.read_text().size(), 3000000U);
    client.send_text("flood 300");
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(client.read_text().size(), 1000U);
    }
}

// [LMT-11]
TEST_P(WebSocketConnection, StopsReadingFromAClientThatDoesNotRead) {
    Limits limits;
    limits.max_pending_bytes = 4000000;
    EchoServer server(limits);
    RawClient client = connect(server, 4096);
    RawClient other = connect(server);
    const std::string frame = client_frame(1, "big 100000");
    std::string wire;
    for (int i = 0; i < 300000; ++i) {
        wire += frame;
    }
    const std::size_t written = client.write_until_blocked(wire);
    ASSERT_LT(written, wire.size());
    const std::size_t pending = server.on_loop(
        0, [](Clients& clients, EchoHandler&) { return clients.pending_websocket_bytes(); });
    EXPECT_GT(pending, 1000000U);
    EXPECT_LT(pending, 1300000U);
    other.send_text("unharmed");
    EXPECT_EQ(other.read_text(), "unharmed");
    for (int i = 0; i < 200; ++i) {  // and goes on when the client reads
        ASSERT_EQ(client.read_text().size(), 100000U);
    }
}

// [LMT-9], [LMT-10]
TEST_P(WebSocketConnection, PingsSilentClientsAndClosesDeadOnes) {
    Limits limits;
    limits.ping_interval = 30ms;
    limits.ping_timeout = 30ms;
    EchoServer server(limits);
    RawClient client = connect(server);
    for (int i = 0; i < 3; ++i) {
        const RawFrame ping = client.read_frame();
        EXPECT_EQ(ping.opcode, ping_opcode);
        client.write(client_frame(pong_opcode, ping.payload));
    }
    EXPECT_EQ(client.read_frame().opcode, ping_opcode);
    EXPECT_TRUE(client.ends());  // without close frame
    EXPECT_TRUE(server.observations.wait_for("closed: ping timeout"));
}

// [WS-48], [WS-C83]
TEST_P(WebSocketConnection, IsClosedWith1001OnShutdownAfterWhatIsQueued) {
    EchoServer server;
    std::vector<RawClient> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(connect(server));
    }
    server.on_loop(0, [](Clients& all, EchoHandler& handler) {
        for (ClientConnection* connection : handler.open()) {
            connection->send(text("last"));
        }
        all.close_websockets(ws::CloseCode::going_away, "Server is shutting down");
    });
    EXPECT_TRUE(server.becomes_empty());  // without waiting for the clients
    for (RawClient& client : clients) {
        EXPECT_EQ(client.read_text(), "last");
        expect_close(client, 1001);
    }
    EXPECT_EQ(server.observations.count("closed: Server is shutting down"), 20U);
}

TEST_P(WebSocketConnection, MayBeAborted) {
    EchoServer server;
    RawClient client = connect(server);
    server.on_loop(0, [](Clients& all, EchoHandler&) { all.abort("aborted"); });
    EXPECT_TRUE(server.becomes_empty());
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(server.observations.count("closed: aborted"), 1U);
}

TEST_P(WebSocketConnection, CountsWhatItSends) {
    EchoServer server;
    RawClient client = connect(server);
    client.write(client_frame(ping_opcode, "") + client_frame(1, "hello"));
    client.read_frame();
    client.read_text();
    server.on_loop(0, [](Clients& all, EchoHandler&) {
        EXPECT_EQ(all.sent().messages, 1U);
        EXPECT_EQ(all.sent().bytes, 7U);
    });
}

// [THD-1]: run under the thread sanitizer as well
TEST_P(WebSocketConnection, WorksWithOneAndSeveralLoops) {
    for (const std::size_t loops : {1U, 3U}) {
        EchoServer server({}, loops);
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&server] {
                std::vector<RawClient> clients;
                for (int i = 0; i < 30; ++i) {
                    clients.push_back(connect(server));
                }
                for (int round = 0; round < 5; ++round) {
                    for (RawClient& client : clients) {
                        client.write(client_frame(1, "a") + client_frame(1, "b"));
                    }
                    for (RawClient& client : clients) {
                        EXPECT_EQ(client.read_text(), "a");
                        EXPECT_EQ(client.read_text(), "b");
                    }
                }
                for (std::size_t i = 0; i < clients.size(); i += 2) {
                    clients[i].close();
                }
            });
        }
        for (std::size_t loop = 0; loop < loops; ++loop) {
            // Dealt out in turn: each loop has its share.
            const std::size_t share = server.connections(loop);
            EXPECT_LE(share, 120 / loops);
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (std::size_t loop = 0; loop < loops; ++loop) {
            EXPECT_TRUE(server.becomes_empty(loop));
        }
    }
}

}  // namespace
}  // namespace resgate::net
