#include "http/request_reader.h"

#include <gtest/gtest.h>

namespace resgate::http {
namespace {

using State = RequestReader::State;

constexpr std::size_t header_limit = 1000;
constexpr std::size_t body_limit = 100;

struct Outcome {
    State state = State::head;
    int status = 0;
    std::size_t used = 0;
    bool expectation = false;
    Request request;
};

/// By one reader for all tests, as one serves all connections: nothing of what it has read may be
/// left behind.
Outcome read(std::string_view wire, std::size_t piece) {
    static RequestReader reader(header_limit, body_limit);
    reader.reset();
    Outcome outcome;
    while (outcome.used < wire.size()) {
        const auto part = wire.substr(outcome.used, piece);
        const std::size_t used = reader.feed(part);
        outcome.used += used;
        outcome.expectation = reader.take_expectation() || outcome.expectation;
        if (reader.state() == State::complete || reader.state() == State::refused) {
            break;
        }
        EXPECT_EQ(used, part.size());
    }
    outcome.state = reader.state();
    if (outcome.state == State::refused) {
        outcome.status = reader.refusal_status();
    } else if (outcome.state == State::complete) {
        outcome.request = reader.take();
    }
    return outcome;
}

/// Reads whole, and checks that every other split gives the same.
Outcome read(std::string_view wire) {
    Outcome whole = read(wire, wire.size());
    for (std::size_t piece = 1; piece < std::min<std::size_t>(wire.size(), 200); ++piece) {
        const Outcome split = read(wire, piece);
        EXPECT_EQ(split.state, whole.state) << "pieces of " << piece;
        EXPECT_EQ(split.status, whole.status);
        EXPECT_EQ(split.request.body, whole.request.body);
        EXPECT_EQ(split.request.target, whole.request.target);
        EXPECT_EQ(split.request.headers.size(), whole.request.headers.size());
        EXPECT_EQ(split.request.body_state, whole.request.body_state);
        if (whole.state == State::complete && whole.request.body_state == BodyState::complete) {
            EXPECT_EQ(split.used, whole.used);
        }
    }
    return whole;
}

TEST(RequestReader, KeepsHeadersInOrderOfArrival) {
    const Outcome outcome = read(
        "GET /a?b HTTP/1.1\r\nX-B: 1\r\nHost: h\r\nX-A: "
        " 2 \r\nx-b: 3\r\nCookie: a; b\r\n\r\n");
    ASSERT_EQ(outcome.state, State::complete);
    const Request& request = outcome.request;
    EXPECT_EQ(request.method, Method::get);
    EXPECT_EQ(request.target, "/a?b");
    EXPECT_EQ(request.version, Version::http_1_1);
    EXPECT_TRUE(request.keep_alive);
    std::string names;
    for (const HeaderLine header : request.headers) {
        names.append(header.name).append("=").append(header.value).append("|");
    }
    EXPECT_EQ(names, "X-B=1|Host=h|X-A=2|x-b=3|Cookie=a; b|");
}

// [HTTP-1]
TEST(RequestReader, ReadsBodiesWithLengthAndInChunks) {
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello").request.body,
              "hello");
    const Outcome outcome = read(
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nX-Trailer: t\r\n\r\n");
    ASSERT_EQ(outcome.state, State::complete);
    EXPECT_EQ(outcome.request.body, "hello!");
    EXPECT_FALSE(outcome.request.headers.find("X-Trailer"));
}

// The end of the chunks may come in pieces, and be the first one. [HTTP-5]
TEST(RequestReader, ReadsChunkedBodiesThatAreEmpty) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string_view end : {"0\r\n\r\n", "00\r\n\r\n", "0\r\nX: t\r\n\r\n"}) {
        const Outcome outcome = read(head + std::string(end));
        ASSERT_EQ(outcome.state, State::complete);
        EXPECT_EQ(outcome.request.body_state, BodyState::complete);
        EXPECT_EQ(outcome.request.body, "");
    }
    EXPECT_EQ(read(head + "1\r\n0\r\n2\r\n00\r\n0\r\n\r\n").request.body, "000");
}

TEST(RequestReader, LeavesTheNextRequestAlone) {
    const std::string first = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok";
    EXPECT_EQ(read(first + "GET /next HTTP/1.1\r\n").used, first.size());
    const std::string chunked =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    EXPECT_EQ(read(chunked + "GET /next HTTP/1.1\r\n").used, chunked.size());
}

TEST(RequestReader, TellsWhetherTheConnectionCanBeKept) {
    EXPECT_FALSE(read("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").request.keep_alive);
    EXPECT_FALSE(read("GET / HTTP/1.0\r\n\r\n").request.keep_alive);
    const Outcome outcome = read("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    EXPECT_TRUE(outcome.request.keep_alive);
    EXPECT_EQ(outcome.request.version, Version::http_1_0);
}

// [HTTP-5]
TEST(RequestReader, RefusesWhatIsNotARequest) {
    const std::vector<std::string_view> wires{
        "GARBAGE\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / X\r\n\r\n",
        "GET / \r\n\r\n",
        "GET / HTTP/1\r\n\r\n",
        "POST /`HTTnt-Length: 300\r\n\r\nqtent",
        "GET a HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET ?a HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET *a HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a\x7f HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a%2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a%zz?x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a@b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: "
        "2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    for (const std::string_view wire : wires) {
        const Outcome outcome = read(wire);
        EXPECT_EQ(outcome.state, State::refused) << wire;
        EXPECT_EQ(outcome.status, 400) << wire;
    }
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n").status, 501);
}

// [HTTP-5]
TEST(RequestReader, TellsWhatIsWrongWithTheHost) {
    const auto detail = [](std::string_view hosts) {
        RequestReader reader(header_limit, body_limit);
        reader.feed("GET / HTTP/1.1\r\n" + std::string(hosts) + "\r\n");
        return std::string(reader.refusal_detail());
    };
    EXPECT_EQ(detail(""), "missing required Host header");
    EXPECT_EQ(detail("Host: a\r\nHost: a\r\n"), "too many Host headers");
    EXPECT_EQ(detail("Host: a, b c\r\n"), "malformed Host header");
    EXPECT_EQ(detail("Host: [::1]:8080\r\n"), "");
    EXPECT_EQ(detail("Host:\r\n"), "");
}

// [HTTP-5]
TEST(RequestReader, RefusesExpectationsItDoesNotKnow) {
    const auto status = [](std::string_view expect) {
        return read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: " +
                    std::string(expect) + "\r\n\r\nok")
            .status;
    };
    EXPECT_EQ(status("fire"), 417);
    EXPECT_EQ(status("100-continued"), 417);
    EXPECT_EQ(status("100-Continue"), 0);
    EXPECT_EQ(status(""), 0);
}

TEST(RequestReader, LetsOddButLegalTargetsPass) {
    for (const std::string target : {"*", "/a?%zz",
                                     "/m\xc3\xa5"
                                     "del",
                                     "http://h/a", "HTTPS://h", "/#", "//"}) {
        const Outcome outcome = read("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
        ASSERT_EQ(outcome.state, State::complete) << target;
        EXPECT_EQ(outcome.request.target, target);
    }
    EXPECT_EQ(read("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n").state, State::complete);
}

// [LMT-2]
TEST(RequestReader, RefusesHeadsAboveTheLimit) {
    const std::string begin = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    const auto fill = [&](std::size_t total) {
        return begin + std::string(total - begin.size() - 4, 'x') + "\r\n\r\n";
    };
    EXPECT_EQ(read(fill(header_limit)).state, State::complete);
    EXPECT_EQ(read(fill(header_limit + 1)).status, 431);
    EXPECT_EQ(read(begin + std::string(header_limit, 'x')).status, 431);
    EXPECT_EQ(read("GET /" + std::string(header_limit, 'x')).status, 431);
    std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 200; ++i) {
        many += "X: yyyy\r\n";
    }
    EXPECT_EQ(read(many).status, 431);
}

// [LMT-1], [HTTP-63]
TEST(RequestReader, GivesUpOnBodiesAboveTheLimitAsSoonAsItIsKnown) {
    const std::string with_length = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ";
    const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(read(with_length + "100\r\n\r\n" + std::string(100, 'x')).request.body.size(), 100U);
    for (const std::string& wire :
         {with_length + "101\r\nExpect: 100-continue\r\n\r\n", chunked + "65\r\n",
          chunked + "60\r\n" + std::string(0x60, 'x') + "\r\n5\r\n"}) {
        const Outcome outcome = read(wire);
        ASSERT_EQ(outcome.state, State::complete) << wire;
        EXPECT_EQ(outcome.request.body_state, BodyState::too_large);
        EXPECT_EQ(outcome.request.body, "");
        EXPECT_FALSE(outcome.request.keep_alive);
        EXPECT_FALSE(outcome.expectation);
    }
}

// [HTTP-61]
TEST(RequestReader, ReportsUnreadableBodiesToTheHandler) {
    const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& wire : {chunked + "zz\r\n\r\n", chunked + "2\r\nokxx\r\n",
                                    chunked + "1;" + std::string(header_limit, 'x')}) {
        const Outcome outcome = read(wire);
        ASSERT_EQ(outcome.state, State::complete) << wire;
        EXPECT_EQ(outcome.request.body_state, BodyState::unreadable);
        EXPECT_FALSE(outcome.request.keep_alive);
    }
}

// [LMT-2], [HTTP-61]
TEST(RequestReader, HasTheLimitOfTheHeadForTheFirstLineOfAChunkAndForTheTrailer) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto with_line = [&](std::size_t size) {
        const std::string begin = "1;";
        return head + begin + std::string(size - begin.size() - 2, 'x') + "\r\n!\r\n0\r\n\r\n";
    };
    const auto with_trailer = [&](std::size_t size) {
        const std::string begin = "0\r\nX: ";
        return head + begin + std::string(size - begin.size() - 4, 'x') + "\r\n\r\n";
    };
    for (const auto& wire : {with_line(header_limit), with_trailer(header_limit)}) {
        EXPECT_EQ(read(wire).request.body_state, BodyState::complete);
    }
    // One that has another fault too, at its end.
    const std::string faulty = head + "0\r\n" + std::string(header_limit, 'x') + "\r\n\r\n";
    for (const auto& wire : {with_line(header_limit + 1), with_trailer(header_limit + 1), faulty}) {
        const Outcome outcome = read(wire);
        EXPECT_EQ(outcome.request.body_state, BodyState::unreadable);
        EXPECT_EQ(outcome.request.body, "chunk header too large");
    }
}

// [HTTP-1]
TEST(RequestReader, AsksForContinueWhenABodyIsExpected) {
    const std::string head =
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: ";
    RequestReader reader(header_limit, body_limit);
    reader.feed(head + "2\r\n\r\n");
    EXPECT_EQ(reader.state(), State::body);
    EXPECT_TRUE(reader.take_expectation());
    EXPECT_FALSE(reader.take_expectation());
    EXPECT_FALSE(read(head + "0\r\n\r\n").expectation);
}

TEST(RequestReader, KnowsNoLimitWhenTheyAreZero) {
    RequestReader reader(0, 0);
    const std::string wire = "POST / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100000, 'x') +
                             "\r\nContent-Length: 200000\r\n\r\n" + std::string(200000, 'b');
    EXPECT_EQ(reader.feed(wire), wire.size());
    ASSERT_EQ(reader.state(), State::complete);
    EXPECT_EQ(reader.take().body.size(), 200000U);
}

// [HTTP-5]
TEST(RequestReader, ConsumesNoMoreThanItIsGivenWhenItRefuses) {
    const std::string request =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
        "1\r\nTransfer-Encoding: gzip\r\n\r\n";
    for (std::size_t size = 1; size <= request.size(); ++size) {
        RequestReader reader(512, 256);
        for (std::size_t at = 0;
             at < request.size() && reader.state() == RequestReader::State::head; at += size) {
            const std::string piece = request.substr(at, size);
            EXPECT_LE(reader.feed(piece), piece.size()) << "pieces of " << size;
        }
        EXPECT_EQ(reader.state(), RequestReader::State::refused);
    }
}

}  // namespace
}  // namespace resgate::http
