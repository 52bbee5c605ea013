#include <algorithm>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "net/echo_server.h"
#include "support/deflate.h"
#include "support/heap.h"
#include "support/raw_client.h"

// [LMT-13]: what a client may do, and what it costs at most.

namespace resgate::net {
namespace {

using test::client_frame;
using test::deflated;
using test::RawClient;

constexpr unsigned rsv1 = 4;
constexpr std::size_t megabyte = 1048576;

std::string repeated(std::string_view piece, std::size_t size) {
    std::string text;
    text.reserve(size + piece.size());
    while (text.size() < size) {
        text += piece;
    }
    return text;
}

struct Attack {
    std::string name;
    bool websocket = true;
    std::string bytes;
};

std::vector<Attack> attacks() {
    const std::string head = "GET /x HTTP/1.1\r\nHost: h\r\n";
    const std::string bomb = deflated(std::string(20 * megabyte, 'x'), {9});
    std::string bomb_in_bytes = client_frame(1, "", false, rsv1);
    for (const char byte : bomb) {
        bomb_in_bytes += client_frame(0, std::string(1, byte), false);
    }
    return {
        {"fragments of one byte without end", true,
         client_frame(1, "x", false) + repeated(client_frame(0, "x", false), 2 * megabyte)},
        {"empty fragments without end", true,
         client_frame(1, "", false) + repeated(client_frame(0, "", false), 2 * megabyte)},
        {"compressed fragments without end", true,
         client_frame(1, "", false, rsv1) + repeated(client_frame(0, "xx", false), 2 * megabyte)},
        {"a bomb in fragments of one byte, never ended", true, bomb_in_bytes},
        {"bombs below the limit", true,
         repeated(client_frame(2, deflated(std::string(100000, 'x')), true, rsv1), megabyte)},
        {"a frame that is never complete", true,
         client_frame(1, std::string(100000, 'x')).substr(0, 99000)},
        {"pings without payload, answers unread", true,
         repeated(client_frame(9, ""), 12 * megabyte)},
        {"pings, answers unread", true,
         repeated(client_frame(9, std::string(125, 'p')), 12 * megabyte)},
        {"messages, answers unread", true, repeated(client_frame(1, "hello"), 4 * megabyte)},
        {"empty messages, answers unread", true, repeated(client_frame(1, ""), 4 * megabyte)},
        {"large answers, unread", true, repeated(client_frame(1, "big 90000"), megabyte)},
        {"compressed large answers, unread", true,
         repeated(client_frame(1, deflated("big 90000"), true, rsv1), megabyte)},
        {"a head without end", false, head + repeated("A: b\r\n", 2 * megabyte)},
        {"empty lines", false, repeated("\r\n", 2 * megabyte)},
        {"a body without end", false,
         "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
             repeated("1\r\nx\r\n", 2 * megabyte)},
        {"requests, answers unread", false, repeated(head + "\r\n", 2 * megabyte)},
        {"requests behind one that is never answered", false,
         "GET /never HTTP/1.1\r\nHost: h\r\n\r\n" + repeated(head + "\r\n", 2 * megabyte)},
    };
}

TEST(HostileMemory, IsBoundedForEverySequenceOfBytes) {
    Limits limits;
    limits.max_message_size = 100000;
    limits.max_pending_bytes = 1000000;
    // A message is gathered in memory that grows by doubling; compressed, it may be longer by an
    // eighth. Then what waits to be written, and one answer more; what waits to be processed; and
    // what the loop has for all its connections (zlib, scratch, lists).
    const std::size_t bound = limits.max_message_size * 9 / 4 + limits.max_pending_bytes +
                              limits.max_message_size + 65536 * 2 + 700000;
    for (const Attack& attack : attacks()) {
        SCOPED_TRACE(attack.name);
        EchoServer server(limits);
        RawClient client(server.port(), 4096);
        if (attack.websocket) {
            ASSERT_EQ(client.upgrade("/deflate", "Sec-WebSocket-Extensions: permessage-deflate\r\n")
                          .status,
                      101);
        }
        server.connections();
        const test::HeapGrowth growth;
        std::size_t most = 0;
        const std::string_view bytes = attack.bytes;
        for (std::size_t at = 0; at < bytes.size();) {
            const std::string_view piece = bytes.substr(at, megabyte / 2);
            const std::size_t written = client.write_until_blocked(piece);
            server.connections();  // a turn of the loop in between
            most = std::max(most, growth.bytes());
            if (written < piece.size()) {
                break;
            }
            at += written;
        }
        EXPECT_LT(most, bound);
        RecordProperty("bytes", std::to_string(most));
    }
}

}  // namespace
}  // namespace resgate::net
