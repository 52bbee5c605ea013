#include "ws/permessage_deflate.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ws/handshake.h"

namespace resgate::ws {
namespace {

constexpr std::string_view plain_answer =
    "permessage-deflate; server_no_context_takeover; "
    "client_no_context_takeover";

/// The answer to offers in one header each; "" = no compression.
std::string answer_to(const std::vector<std::string>& offers) {
    http::HeaderLines headers{{"Host", "h"}};
    for (const std::string& offer : offers) {
        headers.add("sec-websocket-extensions", offer);
    }
    const DeflateAgreement agreement = agree_on_deflate(headers);
    return agreement ? deflate_answer(agreement) : "";
}

std::string answer_with_window(const std::string& bits) {
    return std::string(plain_answer) + "; server_max_window_bits=" + bits;
}

// [WS-31]
TEST(PermessageDeflate, IsAnsweredWithoutContextTakeoverWhateverTheOffer) {
    for (const char* offer : {"permessage-deflate", " permessage-deflate ",
                              "permessage-deflate; client_max_window_bits",
                              "permessage-deflate;client_max_window_bits=8",
                              "permessage-deflate; client_max_window_bits=15",
                              "permessage-deflate; server_no_context_takeover",
                              "permessage-deflate; client_no_context_takeover; "
                              "server_no_context_takeover",
                              "permessage-deflate ;\tserver_max_window_bits = 15",
                              "permessage-deflate; server_max_window_bits=\"15\"",
                              "permessage-deflate; client_max_window_bits=\"1\\0\""}) {
        EXPECT_EQ(answer_to({offer}), plain_answer) << offer;
    }
}

// [WS-31]
TEST(PermessageDeflate, SkipsOtherExtensions) {
    EXPECT_EQ(answer_to({"x-webkit-deflate-frame, permessage-deflate"}), plain_answer);
    EXPECT_EQ(answer_to({"a; b=\"x, permessage-deflate\"; c, permessage-deflate"}), plain_answer);
    EXPECT_EQ(answer_to({"a", "b; c=d", "permessage-deflate"}), plain_answer);
    EXPECT_EQ(answer_to({"a; b=\"permessage-deflate\"", "permessage-deflatex", "permessage"}), "");
    EXPECT_EQ(answer_to({}), "");
    EXPECT_EQ(answer_to({"", ",", ";", ", ,permessage-deflate"}), plain_answer);
}

// [WS-32]
TEST(PermessageDeflate, HonoursSmallerWindowsButTheOneZlibDoesNotHave) {
    EXPECT_EQ(answer_to({"permessage-deflate; server_max_window_bits=8"}), "");
    for (const char* bits : {"9", "10", "11", "12", "13", "14"}) {
        EXPECT_EQ(answer_to({std::string("permessage-deflate; server_max_window_bits=") + bits}),
                  answer_with_window(bits));
        EXPECT_EQ(answer_to({std::string("permessage-deflate; server_max_window_bits=\"") + bits +
                             "\"; client_max_window_bits"}),
                  answer_with_window(bits));
    }
}

// [WS-32]
TEST(PermessageDeflate, DeclinesInvalidOffers) {
    for (const char* parameters : {"unknown",
                                   "server_no_context_takeover=1",
                                   "client_no_context_takeover=true",
                                   "server_no_context_takeover; server_no_context_takeover",
                                   "client_max_window_bits; client_max_window_bits=10",
                                   "server_max_window_bits=10; server_max_window_bits=10",
                                   "server_max_window_bits",
                                   "server_max_window_bits=",
                                   "server_max_window_bits=\"\"",
                                   "server_max_window_bits=7",
                                   "server_max_window_bits=16",
                                   "server_max_window_bits=010",
                                   "server_max_window_bits=1 0",
                                   "server_max_window_bits=10x",
                                   "server_max_window_bits=\"10",
                                   "server_max_window_bits=\" 10\"",
                                   "client_max_window_bits=7",
                                   "client_max_window_bits=16",
                                   "client_max_window_bits=",
                                   "client_max_window_bits=+9",
                                   "Server_No_Context_Takeover",
                                   "",
                                   ";",
                                   "=10",
                                   "\"a\"",
                                   "a b"}) {
        const std::string offer = std::string("permessage-deflate; ") + parameters;
        EXPECT_EQ(answer_to({offer}), "") << offer;
    }
    EXPECT_EQ(answer_to({"permessage-deflate=1"}), "");
}

// [WS-32]
TEST(PermessageDeflate, TakesTheFirstOfferItCanAccept) {
    EXPECT_EQ(answer_to({"permessage-deflate; server_max_window_bits=10, "
                         "permessage-deflate"}),
              answer_with_window("10"));
    EXPECT_EQ(answer_to({"permessage-deflate, permessage-deflate; "
                         "server_max_window_bits=10"}),
              plain_answer);
    EXPECT_EQ(answer_to({"permessage-deflate; server_max_window_bits=8, permessage-deflate; "
                         "server_max_window_bits=11"}),
              answer_with_window("11"));
    EXPECT_EQ(answer_to({"permessage-deflate; new_parameter", "permessage-deflate"}), plain_answer);
    EXPECT_EQ(answer_to({"permessage-deflate; =, permessage-deflate"}), plain_answer);
}

// [WS-30], [WS-31]
TEST(PermessageDeflate, IsPartOfTheHandshakeOnlyIfCompressionIsOn) {
    http::Request request;
    request.headers = {{"Connection", "Upgrade"},
                       {"Upgrade", "websocket"},
                       {"Sec-WebSocket-Version", "13"},
                       {"Sec-WebSocket-Key", "k"},
                       {"Sec-WebSocket-Extensions", "permessage-deflate"}};
    const auto off = check_handshake(request, {});
    ASSERT_TRUE(off);
    EXPECT_EQ(http::find_header(switching_headers(*off), "Sec-WebSocket-Extensions"), nullptr);
    const auto on = check_handshake(request, {}, Compression::on);
    ASSERT_TRUE(on);
    const http::Headers headers = switching_headers(*on);
    const std::string* const answer = http::find_header(headers, "Sec-WebSocket-Extensions");
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(*answer, plain_answer);
}

}  // namespace
}  // namespace resgate::ws
