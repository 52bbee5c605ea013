#include <string>

#include "input.h"
#include "nats/codec.h"
#include "target.h"

// What the server says does not depend on where its stream was split.

namespace resgate::fuzz {
namespace {

/// Writes down all events, in a form that tells different ones apart.
struct Transcript final : nats::ServerEvents {
    std::string text;

    void on_info(std::string_view json) override { note("info", json); }

    void on_message(const nats::Message& message) override {
        note("message", message.subject);
        note("sid", std::to_string(message.sid));
        note("reply", message.reply);
        note("headers", message.headers);
        note("payload", message.payload);
        note("status", std::to_string(message.status));
    }

    void on_ping() override { note("ping", {}); }

    void on_pong() override { note("pong", {}); }

    void on_error(std::string_view error) override { note("error", error); }

    void note(std::string_view what, std::string_view content) {
        text.append(what).append(" ").append(std::to_string(content.size())).append(" ");
        text.append(content).append("\n");
    }
};

constexpr std::size_t max_payload = 4096;

}  // namespace

// First byte: how the rest is split.
FUZZ_TARGET(nats) {
    Input bytes(input);
    const std::size_t step = bytes.below(9);
    const std::string_view stream = bytes.rest();

    Transcript whole;
    nats::Parser parser(whole);
    parser.set_max_payload(max_payload);
    parser.feed(stream);

    Transcript pieces;
    nats::Parser piecewise(pieces);
    piecewise.set_max_payload(max_payload);
    Input rest(stream);
    // 0: pieces of growing size.
    for (std::size_t size = step == 0 ? 1 : step; !rest.empty(); size += step == 0 ? 1 : 0) {
        const std::string piece(rest.bytes(size));  // a copy: reading beyond it is noticed
        piecewise.feed(piece);
    }

    require(whole.text == pieces.text, "the same events");
    require(parser.failure() == piecewise.failure(), "the same failure");
    if (parser.failure().empty()) {
        require(parser.buffered() == piecewise.buffered(), "the same rest");
    }
}

}  // namespace resgate::fuzz
