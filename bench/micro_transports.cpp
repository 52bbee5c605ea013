#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include <benchmark/benchmark.h>

#include "base/frame.h"
#include "bench/micro.h"
#include "bench/micro_texts.h"
#include "http/request_reader.h"
#include "http/response.h"
#include "nats/codec.h"
#include "ws/codec.h"

namespace resgate::bench {

namespace {

class CountedMessages final : public nats::ServerEvents {
  public:
    void on_info(std::string_view) override {}

    void on_message(const nats::Message& message) override {
        benchmark::DoNotOptimize(message.payload.data());
        ++count;
    }

    void on_ping() override {}

    void on_pong() override {}

    void on_error(std::string_view) override { std::abort(); }

    int count = 0;
};

/// A text frame as a client sends it.
std::string client_frame(std::string_view text) {
    constexpr std::string_view mask = "\x12\x34\x56\x78";
    std::string frame = "\x81";
    frame += static_cast<char>(0x80 | text.size());
    frame += mask;
    for (std::size_t i = 0; i < text.size(); ++i)
        frame += static_cast<char>(text[i] ^ mask[i % 4]);
    return frame;
}

void add_nats(Micros& micros) {
    std::string stream;
    for (int i = 0; i < 64; ++i) {
        stream += "MSG event.bench.model.17.change 4711 " + std::to_string(texts::change.size()) +
                  "\r\n" + std::string(texts::change) + "\r\n";
    }
    micros.push_back({"nats/parse_64_messages", [stream = std::move(stream)] {
                          CountedMessages events;
                          nats::Parser parser(events);
                          if (!parser.feed(stream) || events.count != 64)
                              std::abort();
                      }});
    micros.push_back({"nats/append_64_publishes", [out = std::make_shared<std::string>()] {
                          out->clear();
                          for (int i = 0; i < 64; ++i) {
                              nats::append_publish(*out, "access.bench.model.17",
                                                   "_INBOX.0123456789012345678901.4711",
                                                   texts::access_reply);
                          }
                          benchmark::DoNotOptimize(out->data());
                      }});
}

void add_websocket(Micros& micros) {
    micros.push_back({"ws/decode_request", [frame = client_frame(texts::call_request),
                                            decoder = std::make_shared<ws::Decoder>(1048576)] {
                          // Decoding unmasks in place.
                          std::string bytes = frame;
                          std::span<char> rest(bytes);
                          if (decoder->next(rest).type != ws::Event::Type::message ||
                              decoder->next(rest).type != ws::Event::Type::none)
                              std::abort();
                      }});
    micros.push_back({"ws/encode_event", [] {
                          FrameBuilder builder(texts::model.size());
                          builder.text() += texts::model;
                          benchmark::DoNotOptimize(ws::text_frame(std::move(builder)));
                      }});
}

void add_http(Micros& micros) {
    micros.push_back({"http/read_request", [] {
                          http::RequestReader reader(16384, 1048576);
                          reader.feed(texts::http_get);
                          if (reader.state() != http::RequestReader::State::complete)
                              std::abort();
                          benchmark::DoNotOptimize(reader.take());
                      }});
    http::Response response;
    response.headers = {{"Content-Type", "application/json; charset=utf-8"},
                        {"Access-Control-Allow-Origin", "*"}};
    response.body = texts::model;
    micros.push_back({"http/write_response", [response = std::move(response)] {
                          http::ResponseContext context;
                          context.date = "Sun, 06 Nov 1994 08:49:37 GMT";
                          benchmark::DoNotOptimize(http::write_response(response, context));
                      }});
}

}  // namespace

void add_transports(Micros& micros) {
    add_nats(micros);
    add_websocket(micros);
    add_http(micros);
}

}  // namespace resgate::bench
