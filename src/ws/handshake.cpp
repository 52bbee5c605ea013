#include "ws/handshake.h"

#include <array>

#include <openssl/evp.h>

namespace resgate::ws {

namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

}  // namespace

std::string accept_key(std::string_view key) {
    const std::string input = std::string(key).append(guid);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int digest_size = 0;
    EVP_Digest(input.data(), input.size(), digest.data(), &digest_size, EVP_sha1(), nullptr);
    std::array<unsigned char, 64> text{};
    const int size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest_size));
    return {text.begin(), text.begin() + size};
}

Result<Handshake, Refusal> check_handshake(const http::Request& request,
                                           const http::AllowedOrigins& origins,
                                           Compression compression) {
    if (!request.headers.has_token("Connection", "upgrade")) {
        return Refusal{400, "no 'upgrade' token in 'Connection' header"};
    }
    if (!request.headers.has_token("Upgrade", "websocket")) {
        return Refusal{400, "no 'websocket' token in 'Upgrade' header"};
    }
    if (request.method != http::Method::get) {
        return Refusal{405, "method is not GET"};
    }
    if (!request.headers.has_token("Sec-WebSocket-Version", "13")) {
        return Refusal{400, "unsupported 'Sec-WebSocket-Version'"};
    }
    if (!origins.accepts(request.headers)) {
        return Refusal{403, "origin not allowed"};
    }
    const auto key = request.headers.find("Sec-WebSocket-Key");
    if (!key || key->empty()) {
        return Refusal{400, "'Sec-WebSocket-Key' missing or empty"};
    }
    Handshake handshake{accept_key(*key)};
    if (compression == Compression::on) {
        handshake.deflate = agree_on_deflate(request.headers);
    }
    return handshake;
}

http::Response refusal_response(const Refusal& refusal) {
    http::Response response;
    response.status = refusal.status;
    response.content_type = http::text_type;
    response.headers = {{"X-Content-Type-Options", "nosniff"}, {"Sec-Websocket-Version", "13"}};
    response.body = http::reason_phrase(refusal.status);
    response.body += '\n';
    return response;
}

http::Headers switching_headers(const Handshake& handshake) {
    http::Headers headers{{"Upgrade", "websocket"},
                          {"Connection", "Upgrade"},
                          {"Sec-WebSocket-Accept", handshake.accept}};
    if (handshake.deflate) {
        headers.push_back({"Sec-WebSocket-Extensions", deflate_answer(handshake.deflate)});
    }
    return headers;
}

}  // namespace resgate::ws
