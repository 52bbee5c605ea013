#include <string>

#include "http/request_reader.h"
#include "http/target.h"
#include "input.h"
#include "target.h"

// Requests are read the same however their bytes arrive, and one by one from a connection
// ([HTTP-5], [HTTP-6], [HTTP-63]).

namespace resgate::fuzz {
namespace {

using http::RequestReader;

constexpr std::size_t max_header_size = 512;
constexpr std::size_t max_body_size = 256;

struct Reading {
    std::string told;  ///< everything that is known about the request
    std::size_t used = 0;
    bool keep_alive = false;
};

/// Feeds `stream` in pieces of that size (0: at once) until the first request is read or refused.
Reading read(std::string_view stream, std::size_t size) {
    RequestReader reader(max_header_size, max_body_size);
    const auto final = [&reader] {
        return reader.state() == RequestReader::State::complete ||
               reader.state() == RequestReader::State::refused;
    };
    Input rest(stream);
    Reading reading;
    while (!rest.empty() && !final()) {
        const std::string piece(rest.bytes(size == 0 ? stream.size() : size));
        const std::size_t taken = reader.feed(piece);
        require(taken <= piece.size(), "no more is consumed than given");
        require(taken == piece.size() || final(), "only a final state leaves bytes");
        reading.used += taken;
    }
    if (reader.state() == RequestReader::State::refused) {
        const int status = reader.refusal_status();
        require(status == 400 || status == 417 || status == 431 || status == 501,
                "a status of [HTTP-5]");
        reading.told = "refused " + std::to_string(status);
        return reading;
    }
    if (!final()) {
        reading.told = reader.state() == RequestReader::State::head ? "head" : "body";
        return reading;
    }
    const http::Request request = reader.take();
    require(request.body_state != http::BodyState::complete || request.body.size() <= max_body_size,
            "the body limit holds");
    require(!request.keep_alive || request.body_state == http::BodyState::complete,
            "an unread body ends the connection");
    std::string room;
    http::percent_decode(http::split_target(request.target).path, room);
    reading.told = std::to_string(static_cast<int>(request.method)) + ' ' + request.target + '\n';
    for (const http::HeaderLine header : request.headers) {
        reading.told.append(header.name).append(": ").append(header.value).append("\n");
    }
    reading.told += std::to_string(static_cast<int>(request.body_state)) + request.body;
    reading.keep_alive = request.keep_alive;
    return reading;
}

}  // namespace

// First byte: the size of the pieces.
FUZZ_TARGET(http) {
    Input bytes(input);
    const std::size_t step = 1 + bytes.below(8);
    std::string_view stream = bytes.rest();
    for (int requests = 0; !stream.empty() && requests < 4; ++requests) {
        const Reading whole = read(stream, 0);
        const Reading pieces = read(stream, step);
        // What is no request is refused at the end of its head at the latest, before that only if
        // it came at once.
        const bool has_end = stream.substr(0, max_header_size).find("\r\n\r\n") != stream.npos;
        if (!has_end && whole.told.starts_with("refused")) {
            require(pieces.told == "head" || pieces.told.starts_with("refused"), "no request");
            return;
        }
        require(whole.told == pieces.told, "the same request");
        if (!whole.keep_alive) {
            return;
        }
        require(whole.used == pieces.used, "the next request begins at the same place");
        stream.remove_prefix(whole.used);
    }
}

}  // namespace resgate::fuzz
