#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "net/echo_server.h"
#include "support/deflate.h"
#include "support/raw_client.h"

namespace resgate::net {
namespace {

using test::client_frame;
using test::deflated;
using test::RawClient;
using test::RawFrame;
using test::RawResponse;

constexpr unsigned rsv1 = 4;

RawClient connect(EchoServer& server, std::string_view parameters = "") {
    RawClient client(server.port());
    const RawResponse response =
        client.upgrade("/deflate", "Sec-WebSocket-Extensions: permessage-deflate" +
                                       std::string(parameters) + "\r\n");
    EXPECT_EQ(response.status, 101);
    EXPECT_NE(response.header("Sec-WebSocket-Extensions"), "");
    return client;
}

std::string compressed(std::string_view text) {
    return client_frame(1, deflated(text), true, rsv1);
}

/// The text of the next message, which has to be compressed for a window of that size.
std::string read_compressed(RawClient& client, int window_bits = 15) {
    const RawFrame frame = client.read_frame();
    EXPECT_EQ(frame.opcode, 1U);
    EXPECT_TRUE(frame.rsv1 && frame.fin);
    return test::inflated(frame.payload, window_bits).value_or("no deflate data");
}

void expect_close(RawClient& client, unsigned code) {
    const RawFrame frame = client.read_frame();
    EXPECT_EQ(frame.opcode, 8U);
    EXPECT_EQ(frame.close_code(), code);
    EXPECT_TRUE(client.ends());
}

const std::string long_text(1000, 'a');

// [WS-30], [WS-31]
TEST(CompressedConnection, AnswersOffersWhereCompressionIsOn) {
    EchoServer server;
    RawClient on(server.port());
    EXPECT_EQ(on.upgrade("/deflate", "Sec-WebSocket-Extensions: permessage-deflate\r\n")
                  .header("Sec-WebSocket-Extensions"),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    RawClient off(server.port());
    EXPECT_EQ(off.upgrade("/", "Sec-WebSocket-Extensions: permessage-deflate\r\n")
                  .header("Sec-WebSocket-Extensions"),
              "");
    off.write(compressed("not agreed"));
    expect_close(off, 1002);
}

// [WS-33]
TEST(CompressedConnection, TakesCompressedAndPlainMessagesInAnyOrder) {
    EchoServer server;
    RawClient client = connect(server);
    for (int i = 0; i < 3; ++i) {
        client.write(compressed("short") + client_frame(1, "plain") + compressed("") +
                     compressed(long_text) + client_frame(1, long_text));
        EXPECT_EQ(client.read_text(), "short");
        EXPECT_EQ(client.read_text(), "plain");
        EXPECT_EQ(client.read_text(), "");
        EXPECT_EQ(read_compressed(client), long_text);
        EXPECT_EQ(read_compressed(client), long_text);
    }
}

// [WS-33], [WS-41]
TEST(CompressedConnection, ReassemblesFragmentsWithControlFramesBetween) {
    EchoServer server;
    RawClient client = connect(server);
    const std::string bytes = deflated(long_text + "end");
    std::string wire = client_frame(1, "", false, rsv1);
    for (const char byte : bytes) {
        wire += client_frame(0, std::string(1, byte), false) + client_frame(9, "p");
    }
    client.write(wire + client_frame(0, ""));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        ASSERT_EQ(client.read_frame().opcode, 10U);
    }
    EXPECT_EQ(read_compressed(client), long_text + "end");
}

TEST(CompressedConnection, AcceptsMessagesSplitAtEveryByte) {
    EchoServer server;
    RawClient client = connect(server);
    const std::string wire = compressed("some text, some text");
    for (std::size_t at = 1; at < wire.size(); ++at) {
        client.write(wire.substr(0, at));
        server.connections();  // lets the loop see the first part alone
        client.write(wire.substr(at));
        ASSERT_EQ(client.read_text(), "some text, some text");
    }
}

// [WS-45]
TEST(CompressedConnection, RefusesReservedBitsWithoutMeaning) {
    EchoServer server;
    for (const std::string& wire :
         {client_frame(9, "", true, rsv1), client_frame(8, "", true, rsv1),
          client_frame(1, deflated("x"), true, rsv1 | 2), client_frame(1, "x", true, 1),
          client_frame(1, deflated("x"), false, rsv1) + client_frame(0, "", true, rsv1),
          client_frame(1, "plain", false) + client_frame(0, "", true, rsv1)}) {
        RawClient client = connect(server);
        client.write(wire);
        expect_close(client, 1002);
    }
}

// [WS-45]: what cannot be inflated
TEST(CompressedConnection, AnswersBrokenDataWith1002) {
    EchoServer server;
    for (const std::string& payload :
         {std::string("\xff\xff\xff"), std::string(), deflated(long_text).substr(0, 5)}) {
        RawClient client = connect(server);
        client.write(client_frame(1, payload, true, rsv1));
        expect_close(client, 1002);
    }
}

// [WS-42], [DEC-5], [JSN-10]
TEST(CompressedConnection, ChecksUtf8AfterInflation) {
    EchoServer server;
    RawClient client = connect(server);
    client.write(compressed("\xe2\x82\xac"));
    EXPECT_EQ(client.read_text(), "\xe2\x82\xac");
    client.write(client_frame(2, deflated("\"\xc3(\""), true, rsv1));
    EXPECT_EQ(client.read_text(), "\"\xef\xbf\xbd(\"");
    client.write(compressed("\"\xc3(\""));
    expect_close(client, 1007);
}

// [WS-34], [WS-C81], [LMT-1], [LMT-14]
TEST(CompressedConnection, LimitsTheSizeAfterInflation) {
    Limits limits;
    limits.max_message_size = 100000;
    EchoServer server(limits);
    const std::string largest(100000, 'x');
    RawClient client = connect(server);
    client.write(compressed(largest));
    EXPECT_EQ(read_compressed(client), largest);
    client.write(compressed(largest + 'x'));
    expect_close(client, 1009);
    RawClient fragments = connect(server);
    const std::string bomb = deflated(std::string(10000000, 'x'));
    fragments.write(client_frame(1, bomb.substr(0, 100), false, rsv1) +
                    client_frame(0, bomb.substr(100)));
    expect_close(fragments, 1009);
    // [LMT-12]: also if the message never ends.
    RawClient endless = connect(server);
    endless.write(client_frame(1, bomb.substr(0, 100), false, rsv1) +
                  client_frame(0, bomb.substr(100, 1000), false));
    expect_close(endless, 1009);
    EXPECT_EQ(server.observations.count("refused maxMessageSize"), 3U);
}

TEST(CompressedConnection, TakesMessagesThatCompressionMakesLonger) {
    Limits limits;
    limits.max_message_size = 50000;
    EchoServer server(limits);
    RawClient client = connect(server);
    std::string text;
    std::mt19937 random(1);
    while (text.size() < 50000) {  // two bytes each, of the nine-bit codes
        text += {static_cast<char>(0xc3 + random() % 25), static_cast<char>(0x90 + random() % 48)};
    }
    const std::string bytes = deflated(text, {1, 9, 1, Z_FIXED});
    ASSERT_GT(bytes.size(), 51000U);
    client.write(client_frame(1, bytes, true, rsv1));
    EXPECT_EQ(read_compressed(client), text);
}

// [WS-32]
TEST(CompressedConnection, KeepsToTheWindowAgreedOn) {
    EchoServer server;
    for (const int bits : {9, 12, 14}) {
        RawClient client = connect(server, "; server_max_window_bits=" + std::to_string(bits));
        std::string text;
        for (int i = 0; text.size() < 50000; i = (i + 1) % 1000) {
            text += std::to_string(i);
        }
        client.write(compressed(text));
        EXPECT_EQ(read_compressed(client, bits), text);
    }
}

// [MTX-4], [LMT-6]: what counts is what is written
TEST(CompressedConnection, CountsBytesAsWritten) {
    EchoServer server;
    RawClient client = connect(server);
    client.send_text("big 100000");
    EXPECT_EQ(read_compressed(client).size(), 100000U);
    client.send_text("big 100");
    EXPECT_EQ(client.read_text().size(), 100U);
    server.on_loop(0, [](Clients& all, EchoHandler&) {
        EXPECT_EQ(all.sent().messages, 2U);
        EXPECT_GT(all.sent().bytes, 102U);
        EXPECT_LT(all.sent().bytes, 1000U);
    });
    Limits limits;
    limits.max_pending_bytes = 100000;
    EchoServer strict(limits);
    RawClient slow(strict.port(), 4096);
    slow.upgrade("/deflate", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    slow.send_text("flood 20000");  // twenty million bytes, some hundred thousand as written
    for (int i = 0; i < 20000; ++i) {
        ASSERT_EQ(read_compressed(slow).size(), 1000U);
    }
}

TEST(CompressedConnection, SendsOneFrameToAllThatShareAForm) {
    EchoServer server;
    RawClient plain(server.port());
    plain.upgrade();
    RawClient first = connect(server);
    RawClient second = connect(server);
    RawClient small = connect(server, "; server_max_window_bits=9");
    server.on_loop(0, [](Clients&, EchoHandler& handler) {
        const FramePtr frame = text(long_text);
        for (ClientConnection* connection : handler.open()) {
            connection->send(frame);
        }
        // Ours, one for each connection that waits, and that of the list of forms.
        const Frame* const form = frame->next_form();
        ASSERT_NE(form, nullptr);
        ASSERT_NE(form->next_form(), nullptr);
        EXPECT_EQ(frame->use_count() + form->use_count() + form->next_form()->use_count(),
                  1U + 4U + 2U);
    });
    EXPECT_EQ(plain.read_text(), long_text);
    EXPECT_EQ(read_compressed(first), long_text);
    EXPECT_EQ(read_compressed(second), long_text);
    EXPECT_EQ(read_compressed(small, 9), long_text);
}

}  // namespace
}  // namespace resgate::net
