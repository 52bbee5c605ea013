#include "ws/codec.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/deflate.h"
#include "support/heap.h"
#include "support/ws_frames.h"

namespace resgate::ws {
namespace {

using test::client_frame;

struct Seen {
    Event::Type type;
    std::string payload;
    CloseCode code;
    bool text;

    bool operator==(const Seen&) const = default;
};

/// Everything the decoder makes of `wire`, given to it in pieces of `piece` bytes.
std::vector<Seen> decode(const std::string& wire, std::size_t piece, Decoder decoder) {
    std::vector<Seen> seen;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
        std::string part = wire.substr(at, piece);
        std::span<char> bytes = part;
        for (;;) {
            const Event event = decoder.next(bytes);
            if (event.type == Event::Type::none) {
                EXPECT_TRUE(bytes.empty());
                break;
            }
            seen.push_back({event.type, std::string(event.payload), event.code, event.text});
            if (event.type == Event::Type::error) {
                return seen;
            }
        }
    }
    EXPECT_TRUE(decoder.idle()) << "memory is kept after the last frame";
    return seen;
}

/// The same whatever the split: checks all piece sizes against the undivided input.
std::vector<Seen> decode(const std::string& wire, std::size_t max_message_size = 0) {
    const auto whole = decode(wire, wire.size(), Decoder(max_message_size));
    for (std::size_t piece = 1; piece < std::min<std::size_t>(wire.size(), 300); ++piece) {
        EXPECT_EQ(decode(wire, piece, Decoder(max_message_size)), whole) << "pieces of " << piece;
    }
    return whole;
}

Seen message(std::string payload, bool text = true) {
    return {Event::Type::message, std::move(payload), CloseCode::none, text};
}

Seen error(CloseCode code) {
    return {Event::Type::error, "", code, false};
}

TEST(Decoder, ReadsTextAndBinaryMessagesSplitAnywhere) {
    const std::string medium(200, 'm');
    const std::string large(70000, 'l');
    EXPECT_EQ(
        decode(client_frame(1, "hello") + client_frame(2, "\xff\x00x") + client_frame(1, "") +
               client_frame(1, medium)),
        (std::vector{message("hello"), message("\xff", false), message(""), message(medium)}));
    EXPECT_EQ(decode(client_frame(1, large), 4096, Decoder()), std::vector{message(large)});
    EXPECT_EQ(decode(client_frame(1, large), 100000, Decoder()), std::vector{message(large)});
}

// [WS-41]
TEST(Decoder, ReassemblesFragmentsWithControlFramesBetween) {
    const std::string wire = client_frame(1, "one ", false) + client_frame(9, "p") +
                             client_frame(0, "", false) + client_frame(0, "two ", false) +
                             client_frame(10, "q") + client_frame(0, "three") +
                             client_frame(1, "next");
    EXPECT_EQ(decode(wire), (std::vector<Seen>{{Event::Type::ping, "p", CloseCode::none, false},
                                               {Event::Type::pong, "q", CloseCode::none, false},
                                               message("one two three"),
                                               message("next")}));
}

// [WS-42], [DEC-5]
TEST(Decoder, ChecksUtf8AcrossFragments) {
    EXPECT_EQ(decode(client_frame(1, "\xe2\x82", false) + client_frame(0, "\xac")),
              std::vector{message("\xe2\x82\xac")});
    EXPECT_EQ(decode(client_frame(1, "\"\xc3(\"")), std::vector{error(CloseCode::invalid_text)});
    EXPECT_EQ(decode(client_frame(1, "\xe2\x82", false) + client_frame(0, "x")),
              std::vector{error(CloseCode::invalid_text)});
    EXPECT_EQ(decode(client_frame(1, "\xe2\x82")), std::vector{error(CloseCode::invalid_text)});
    EXPECT_EQ(decode(client_frame(1, "\xe2", false) + client_frame(0, "\x82")),
              std::vector{error(CloseCode::invalid_text)});
    EXPECT_EQ(decode(client_frame(2, "\"\xc3(\"")), std::vector{message("\"\xc3(\"", false)});
}

TEST(Decoder, TellsInvalidUtf8BeforeTheMessageIsComplete) {
    Decoder decoder;
    std::string wire = client_frame(1, "\xff followed by much more").substr(0, 10);
    std::span<char> bytes = wire;
    EXPECT_EQ(decoder.next(bytes).code, CloseCode::invalid_text);
}

// [LMT-1], [WS-C81]
TEST(Decoder, RefusesMessagesAboveTheLimitAsSoonAsTheLengthIsKnown) {
    EXPECT_EQ(decode(client_frame(1, std::string(100, 'x')), 100),
              std::vector{message(std::string(100, 'x'))});
    EXPECT_EQ(decode(client_frame(1, std::string(101, 'x')), 100),
              std::vector{error(CloseCode::message_too_big)});
    EXPECT_EQ(
        decode(client_frame(1, std::string(60, 'x'), false) + client_frame(0, std::string(41, 'x')),
               100),
        std::vector{error(CloseCode::message_too_big)});
    std::string header_only = client_frame(1, std::string(70000, 'x')).substr(0, 14);
    std::span<char> bytes = header_only;
    EXPECT_EQ(Decoder(100).next(bytes).code, CloseCode::message_too_big);
}

// [WS-44]
TEST(Decoder, ReadsCloseFrames) {
    const auto close = [](CloseCode code, std::string reason = "") {
        return std::vector<Seen>{{Event::Type::close, std::move(reason), code, false}};
    };
    EXPECT_EQ(decode(client_frame(8,
                                  "\x03\xe8"
                                  "bye")),
              close(CloseCode::normal, "bye"));
    EXPECT_EQ(decode(client_frame(8, "\x0f\xa0")), close(static_cast<CloseCode>(4000)));
    EXPECT_EQ(decode(client_frame(8, "")), close(CloseCode::none));
    EXPECT_EQ(decode(client_frame(8, "\x03")), close(CloseCode::none));
}

// [WS-45]
TEST(Decoder, ReportsEveryProtocolError) {
    std::string unmasked = client_frame(1, "hello");
    unmasked[1] = static_cast<char>(unmasked[1] & 0x7f);
    std::string endless = client_frame(1, std::string(70000, 'x'));
    endless[2] = static_cast<char>(0x80);
    const std::vector<std::string> wires{
        unmasked,
        endless,
        client_frame(1, "x", true, 4),
        client_frame(1, "x", true, 2),
        client_frame(1, "x", true, 1),
        client_frame(9, "x", true, 4),
        client_frame(3, "x"),
        client_frame(7, "x"),
        client_frame(11, "x"),
        client_frame(15, ""),
        client_frame(0, "x"),
        client_frame(1, "x", false) + client_frame(1, "y"),
        client_frame(1, "x", false) + client_frame(2, "y"),
        client_frame(9, "x", false),
        client_frame(8, "", false),
        client_frame(9, std::string(126, 'x')),
        client_frame(8, std::string("\x03\xe8").append(124, 'x')),
        client_frame(8, "\x03\xe7"),
        client_frame(8, "\x03\xec"),
        client_frame(8, "\x03\xed"),
        client_frame(8, "\x03\xee"),
        client_frame(8, "\x03\xf6"),
        client_frame(8, "\x0b\xb7"),
        client_frame(8, "\x13\x88"),
        client_frame(8, "\x03\xe8\xc3("),
    };
    for (const std::string& wire : wires) {
        EXPECT_EQ(decode(wire), std::vector{error(CloseCode::protocol_error)})
            << testing::PrintToString(wire.substr(0, 20));
    }
}

// [WS-33]: the seam for permessage-deflate
TEST(Decoder, MarksCompressedMessagesWhenCompressionWasNegotiated) {
    std::string wire = client_frame(1, "\xff\xfe", false, 4) + client_frame(0, "\xfd");
    Decoder decoder(0, true);
    std::span<char> bytes = wire;
    const Event event = decoder.next(bytes);
    EXPECT_EQ(event.type, Event::Type::message);
    EXPECT_TRUE(event.compressed);
    EXPECT_EQ(event.payload, "\xff\xfe\xfd");
    std::string again = client_frame(1, "x", false, 4) + client_frame(0, "y", true, 4);
    bytes = again;
    EXPECT_EQ(decoder.next(bytes).code, CloseCode::protocol_error);
}

/// The wire bytes of a compressed message that a decoder takes before it refuses them, and how much
/// memory that needs. All of them if it does not.
struct Taken {
    std::size_t bytes = 0;
    std::size_t memory = 0;
    CloseCode code = CloseCode::none;
};

Taken take(const std::string& message, std::size_t fragment, std::size_t piece, std::size_t limit) {
    std::string wire;
    for (std::size_t at = 0; at < message.size(); at += fragment) {
        wire += client_frame(at == 0 ? 1 : 0, message.substr(at, fragment),
                             at + fragment >= message.size(), at == 0 ? 4 : 0);
    }
    Taken taken;
    const test::HeapGrowth growth;
    Decoder decoder(limit, true);
    for (; taken.bytes < wire.size() && taken.code == CloseCode::none; taken.bytes += piece) {
        std::string part = wire.substr(taken.bytes, piece);
        std::span<char> bytes = part;
        taken.code = decoder.next(bytes).code;
        taken.memory = std::max(taken.memory, growth.bytes());
    }
    return taken;
}

// [LMT-12], [WS-34]
TEST(Decoder, RefusesABombBeforeItIsComplete) {
    constexpr std::size_t limit = 1048576;
    const std::string bomb = test::deflated(std::string(20 * limit, 'x'), {9});
    ASSERT_GT(bomb.size(), 20000U);
    using Sizes = std::pair<std::size_t, std::size_t>;
    for (const auto& [fragment, piece] :
         {Sizes(200, 100), {1, 3}, {50, 1000}, {100000, 100}, {100000, 1}}) {
        const Taken taken = take(bomb, fragment, piece, limit);
        EXPECT_EQ(taken.code, CloseCode::message_too_big);
        // Less than a thousandth of the limit cannot be too much; frames of a byte are eight long.
        EXPECT_LT(taken.bytes, fragment == 1 ? 10000U : 2500U) << fragment;
        EXPECT_LT(taken.memory, 100000U);
    }
}

// [LMT-12]
TEST(Decoder, TakesACompressedMessageUpToTheLimit) {
    constexpr std::size_t limit = 100000;
    for (const std::size_t size : {limit, limit + 1}) {
        const std::string message = test::deflated(std::string(size, 'x'));
        for (const std::size_t fragment : {1U, 10U, 1000U}) {
            EXPECT_EQ(take(message, fragment, 7, limit).code,
                      size == limit ? CloseCode::none : CloseCode::message_too_big);
            EXPECT_EQ(take(message, fragment, 7, 0).code, CloseCode::none);
        }
    }
    // One that is broken is not judged here, nor the next one by it.
    std::string wire = client_frame(1, "\xff\xff\xff", false, 4) +
                       client_frame(0, std::string(500, 'x')) +
                       client_frame(1, test::deflated("next"), true, 4);
    Decoder decoder(limit, true);
    for (std::span<char> bytes = wire; !bytes.empty();) {
        EXPECT_EQ(decoder.next(bytes).type, Event::Type::message);
    }
}

TEST(Frames, ChooseTheShortestHeader) {
    const auto wire = [](std::size_t size) {
        FrameBuilder builder;
        builder.text().append(size, 'x');
        const FramePtr frame = text_frame(std::move(builder));
        EXPECT_EQ(frame->payload(), std::string(size, 'x'));
        return std::string(frame->wire().substr(0, frame->wire().size() - size));
    };
    using namespace std::string_literals;
    EXPECT_EQ(wire(0), "\x81\x00"s);
    EXPECT_EQ(wire(125), "\x81\x7d"s);
    EXPECT_EQ(wire(126), "\x81\x7e\x00\x7e"s);
    EXPECT_EQ(wire(65535), "\x81\x7e\xff\xff"s);
    EXPECT_EQ(wire(65536), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(Frames, WriteControlFrames) {
    using namespace std::string_literals;
    EXPECT_EQ(close_frame(CloseCode::going_away)->wire(), "\x88\x02\x03\xe9"s);
    EXPECT_EQ(close_frame(CloseCode::none)->wire(), "\x88\x00"s);
    EXPECT_EQ(ping_frame()->wire(), "\x89\x00"s);
    EXPECT_EQ(pong_frame("abc")->wire(),
              "\x8a\x03"
              "abc"s);
}

}  // namespace
}  // namespace resgate::ws
