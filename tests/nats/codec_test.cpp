#include "nats/codec.h"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace resgate::nats {
namespace {

/// Writes every event down as one text.
class Recorder : public ServerEvents {
  public:
    std::vector<std::string> seen;
    std::function<void()> after_event;

    void on_info(std::string_view json) override { note("info " + std::string(json)); }

    void on_message(const Message& message) override {
        std::string text =
            "message " + std::string(message.subject) + " sid=" + std::to_string(message.sid);
        text.append(" reply=").append(message.reply);
        text.append(" status=").append(std::to_string(message.status));
        text.append(" headers=").append(message.headers);
        text.append(" payload=").append(message.payload);
        note(text);
    }

    void on_ping() override { note("ping"); }

    void on_pong() override { note("pong"); }

    void on_error(std::string_view text) override { note("error " + std::string(text)); }

  private:
    void note(std::string text) {
        seen.push_back(std::move(text));
        if (after_event) {
            after_event();
        }
    }
};

const std::string no_responders = "NATS/1.0 503\r\n\r\n";
const std::string described = "NATS/1.0 100 Idle Heartbeat\r\nA: b\r\n\r\n";
const std::string plain_headers = "NATS/1.0\r\nA: b\r\n\r\n";

const std::string every_kind =
    "INFO {\"server_id\":\"x\"} \r\n"
    "+OK\r\n"
    "PING\r\n"
    "MSG a.b 7 3\r\nx\r\n\r\n"
    "pong\r\n"
    "MSG a 18446744073709551615 _INBOX.r 0\r\n\r\n"
    "HMSG _INBOX.a.b 1 16 16\r\n" +
    no_responders +
    "\r\n"
    "HMSG s 2 reply.to " +
    std::to_string(described.size()) + " " + std::to_string(described.size() + 2) + "\r\n" +
    described +
    "{}\r\n"
    "hmsg\ts  2 " +
    std::to_string(plain_headers.size()) + " " + std::to_string(plain_headers.size() + 1) + "\r\n" +
    plain_headers +
    "p\r\n"
    "-ERR 'Permissions Violation for Subscription to \"a\"'\r\n";

const std::vector<std::string> every_event = {
    "info {\"server_id\":\"x\"}",
    "ping",
    "message a.b sid=7 reply= status=0 headers= payload=x\r\n",
    "pong",
    "message a sid=18446744073709551615 reply=_INBOX.r status=0 headers= payload=",
    "message _INBOX.a.b sid=1 reply= status=503 headers=" + no_responders + " payload=",
    "message s sid=2 reply=reply.to status=100 headers=" + described + " payload={}",
    "message s sid=2 reply= status=0 headers=" + plain_headers + " payload=p",
    "error Permissions Violation for Subscription to \"a\"",
};

TEST(Codec, ReadsEveryKindOfItem) {
    Recorder recorder;
    Parser parser(recorder);
    EXPECT_TRUE(parser.feed(every_kind));
    EXPECT_EQ(recorder.seen, every_event);
    EXPECT_EQ(parser.buffered(), 0U);
}

TEST(Codec, AcceptsAStreamSplitAtEveryByte) {
    for (std::size_t split = 0; split <= every_kind.size(); ++split) {
        Recorder recorder;
        Parser parser(recorder);
        EXPECT_TRUE(parser.feed(std::string_view(every_kind).substr(0, split)));
        EXPECT_TRUE(parser.feed(std::string_view(every_kind).substr(split)));
        EXPECT_EQ(recorder.seen, every_event) << "split at " << split;
        EXPECT_EQ(parser.buffered(), 0U);
    }
}

TEST(Codec, AcceptsPiecesOfEverySize) {
    for (std::size_t size = 1; size < 40; ++size) {
        Recorder recorder;
        Parser parser(recorder);
        for (std::size_t at = 0; at < every_kind.size(); at += size) {
            ASSERT_TRUE(parser.feed(std::string(every_kind.substr(at, size))));
        }
        EXPECT_EQ(recorder.seen, every_event) << "pieces of " << size;
    }
}

TEST(Codec, HandsOverACompleteMessageWithoutCopyingIt) {
    class Where : public Recorder {
      public:
        void on_message(const Message& message) override { payload = message.payload; }

        std::string_view payload;
    };

    Where where;
    Parser parser(where);
    const std::string input = "MSG a 1 5\r\nhello\r\nMSG a 1 5\r\nhel";
    EXPECT_TRUE(parser.feed(input));
    EXPECT_EQ(where.payload.data(), input.data() + 11);
    EXPECT_EQ(parser.buffered(), 14U);
}

TEST(Codec, KeepsOnlyTheIncompleteItem) {
    Recorder recorder;
    Parser parser(recorder);
    EXPECT_TRUE(parser.feed("PING\r\nMSG a 1 100000\r\n"));
    EXPECT_EQ(parser.buffered(), 16U);
    EXPECT_TRUE(parser.feed(std::string(100000, 'x') + "\r\nPI"));
    EXPECT_EQ(recorder.seen.size(), 2U);
    EXPECT_EQ(parser.buffered(), 2U);
}

TEST(Codec, RefusesMalformedInputWhereverItIsSplit) {
    const std::vector<std::string> inputs = {
        "HELLO\r\n",
        "HTTP/1.1 400 Bad Request\r\n",
        "PING\n",
        "\n",
        "MSG\r\n",
        "MSG a\r\n",
        "MSG a 1\r\n",
        "MSG a 1 r 1 1\r\nx\r\n",
        "MSG a 1 r 1 1 1 1\r\nx\r\n",
        "MSG a x 1\r\nx\r\n",
        "MSG a -1 1\r\nx\r\n",
        "MSG a 1 -1\r\nx\r\n",
        "MSG a 1 1x\r\nx\r\n",
        "MSG a 1 99999999999999999999\r\nx\r\n",
        "MSG a 1 1\r\nxyz\r\n",
        "MSG a 1 1\r\nx\n\r\n",
        "HMSG a 1 1\r\nx\r\n",
        "HMSG a 1 2 1\r\nxx\r\n",
        "HMSG a 1 r x 1\r\nxx\r\n",
    };
    for (const std::string& input : inputs) {
        for (std::size_t split = 0; split <= input.size(); ++split) {
            Recorder recorder;
            Parser parser(recorder);
            const bool fine = parser.feed(std::string_view(input).substr(0, split)) &&
                              parser.feed(std::string_view(input).substr(split));
            EXPECT_FALSE(fine) << input << " split at " << split;
            EXPECT_FALSE(parser.failure().empty());
            EXPECT_FALSE(parser.feed("PING\r\n"));
            EXPECT_TRUE(recorder.seen.empty());
        }
    }
}

TEST(Codec, IgnoresStatusLinesThatAreNone) {
    for (const std::string headers : {"NATS/1.0 5x3\r\n\r\n", "NATS/2.0 503\r\n\r\n", "\r\n"}) {
        Recorder recorder;
        Parser parser(recorder);
        const std::string size = std::to_string(headers.size());
        EXPECT_TRUE(parser.feed("HMSG a 1 " + size + " " + size + "\r\n" + headers + "\r\n"));
        ASSERT_EQ(recorder.seen.size(), 1U);
        EXPECT_NE(recorder.seen[0].find(" status=0 "), std::string::npos);
    }
}

TEST(Codec, BoundsTheLine) {
    const std::string line = "INFO " + std::string(Parser::max_line_size, 'x');
    Recorder recorder;
    Parser whole(recorder);
    EXPECT_FALSE(whole.feed(line + "\r\n"));
    Parser without_end(recorder);
    EXPECT_FALSE(without_end.feed(line));
    Parser in_pieces(recorder);
    std::size_t fed = 0;
    while (in_pieces.feed(std::string(1000, 'x'))) {
        fed += 1000;
        ASSERT_LE(fed, Parser::max_line_size);
    }
    EXPECT_EQ(in_pieces.failure(), "line too long");
    EXPECT_TRUE(recorder.seen.empty());
    Parser just_fits(recorder);
    EXPECT_TRUE(just_fits.feed(line.substr(0, Parser::max_line_size - 2) + "\r\n"));
    EXPECT_EQ(recorder.seen.size(), 1U);
}

TEST(Codec, BoundsThePayloadBeforeItArrives) {
    Recorder recorder;
    Parser parser(recorder);
    parser.set_max_payload(10);
    EXPECT_TRUE(parser.feed("MSG a 1 10\r\n0123456789\r\n"));
    EXPECT_FALSE(parser.feed("MSG a 1 11\r\n"));
    EXPECT_EQ(parser.failure(), "payload too large");
    Parser usual(recorder);
    EXPECT_FALSE(usual.feed("HMSG a 1 10 67108865\r\n"));
}

TEST(Codec, SaysNothingMoreOnceStopped) {
    for (std::size_t split = 0; split <= every_kind.size(); ++split) {
        Recorder recorder;
        Parser parser(recorder);
        recorder.after_event = [&] {
            if (recorder.seen.size() == 3) {
                parser.stop();
            }
        };
        EXPECT_TRUE(parser.feed(std::string_view(every_kind).substr(0, split)));
        EXPECT_TRUE(parser.feed(std::string_view(every_kind).substr(split)));
        EXPECT_TRUE(parser.feed("PING\r\n"));
        EXPECT_EQ(recorder.seen.size(), 3U);
    }
}

TEST(Codec, WritesWhatAServerReads) {
    std::string out;
    append_connect(out, "{}");
    append_publish(out, "a.b", "", "{\"x\":1}");
    append_publish(out, "a", "_INBOX.r", "");
    append_subscribe(out, "event.a.*", 12);
    append_unsubscribe(out, 18446744073709551615U);
    append_ping(out);
    append_pong(out);
    EXPECT_EQ(out,
              "CONNECT {}\r\n"
              "PUB a.b 7\r\n{\"x\":1}\r\n"
              "PUB a _INBOX.r 0\r\n\r\n"
              "SUB event.a.* 12\r\n"
              "UNSUB 18446744073709551615\r\n"
              "PING\r\nPONG\r\n");
}

TEST(Codec, CountsTheWholeControlLine) {  // [SUBJ-8]
    for (const std::size_t payload : {0U, 9U, 10U, 99999U, 100000U}) {
        for (const std::string reply : {"", "_INBOX.r"}) {
            std::string out;
            append_publish(out, "a.b.c", reply, std::string(payload, 'x'));
            EXPECT_EQ(publish_line_size("a.b.c", reply, payload), out.find('\n') + 1);
        }
    }
    for (const Sid sid : {Sid{0}, Sid{10}, Sid{18446744073709551615U}}) {
        std::string out;
        append_subscribe(out, "event.a.*", sid);
        EXPECT_EQ(subscribe_line_size("event.a.*", sid), out.size());
    }
    const std::string longest(3900, 'a');
    EXPECT_LE(publish_line_size(longest, std::string(40, 'i'), 1000000000),
              Limits::nats_control_line);
    EXPECT_LE(subscribe_line_size(longest, ~Sid{0}), Limits::nats_control_line);
}

}  // namespace
}  // namespace resgate::nats
