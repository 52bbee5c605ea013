#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/resource_api.h"
#include "support/core.h"

namespace resgate::test {

/// A request on its way through the API, and the response once it is decided.
struct Exchange {
    std::unique_ptr<api::PendingRequest> pending;
    std::optional<http::Response> response;

    const http::Response& answered() const {
        static const http::Response none{};
        EXPECT_TRUE(response) << "no response yet";
        return response ? *response : none;
    }
};

/// A request that remembers its response.
class Asked final : public api::PendingRequest {
  public:
    Asked(api::ResourceApi& api, http::Request&& request, api::Action&& action, Exchange& exchange)
        : PendingRequest(api, std::move(request), std::move(action)), exchange_(exchange) {}

  private:
    std::string remote_address() const override { return "10.0.0.9:5123"; }

    void respond(http::Response& response) override {
        EXPECT_FALSE(exchange_.response) << "a second response";
        exchange_.response = response;
    }

    Exchange& exchange_;
};

/// The HTTP API of a core's first loop, with clients in front of it.
class WebApi {
  public:
    explicit WebApi(api::Settings settings = {})
        : api_(core.sessions(), core.log, std::move(settings)) {}

    /// Sends a request; the exchange must outlive the response.
    std::unique_ptr<Exchange> send(http::Request request) {
        auto exchange = std::make_unique<Exchange>();
        api::Action action;
        exchange->response = api_.examine(request, action);
        if (!exchange->response) {
            exchange->pending =
                std::make_unique<Asked>(api_, std::move(request), std::move(action), *exchange);
            exchange->pending->start();
        }
        if (core.automatic)
            core.settle();
        return exchange;
    }

    std::unique_ptr<Exchange> send(std::string_view method, std::string_view target,
                                   std::string_view body = {}, const http::Headers& headers = {}) {
        http::Request request;
        request.method = http::method_named(method);
        request.target = target;
        request.body = body;
        for (const http::Header& header : headers)
            request.headers.add(header.name, header.value);
        return send(std::move(request));
    }

    /// A request that is refused without asking any service.
    http::Response refused(std::string_view method, std::string_view target,
                           std::string_view body = {}, const http::Headers& headers = {}) {
        const auto exchange = send(method, target, body, headers);
        core.expect_no_request();
        EXPECT_EQ(exchange->pending, nullptr);
        return exchange->answered();
    }

    /// The client goes away.
    void leave(std::unique_ptr<Exchange> exchange) {
        exchange.reset();
        core.settle();
    }

    /// The end of the loop's turn.
    void finish_turn() { core.settle(); }

    std::size_t sessions() { return core.sessions().session_count(); }

    api::ResourceApi& api() { return api_; }

    Core core;

  private:
    api::ResourceApi api_;
};

/// A header among the lines that an answer begins with.
inline std::optional<std::string> header_in(std::string_view lines, std::string_view name) {
    const std::string begin = "\r\n" + std::string(name) + ": ";
    const std::size_t at = lines.find(begin);
    if (at == std::string_view::npos)
        return std::nullopt;
    const std::string_view rest = lines.substr(at + begin.size());
    return std::string(rest.substr(0, rest.find('\r')));
}

/// A header of an answer, wherever the response has it.
inline std::optional<std::string> header(const http::Response& response, std::string_view name) {
    if (name == "Content-Type" && !response.content_type.empty())
        return std::string(response.content_type);
    if (auto value = header_in(response.lines, name))
        return value;
    const std::string* const value = http::find_header(response.headers, name);
    return value ? std::optional<std::string>(*value) : std::nullopt;
}

/// Expects a body of JSON ([HTTP-4]), compared by meaning.
inline void expect_json(const http::Response& response, int status, std::string_view body) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(header(response, "Content-Type"), "application/json; charset=utf-8");
    EXPECT_EQ(Json::parse(response.body, nullptr, false), Json::parse(body)) << response.body;
}

/// Expects an answer without body and content type.
inline void expect_empty(const http::Response& response, int status) {
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(header(response, "Content-Type"), std::nullopt);
}

inline constexpr std::string_view not_found_body =
    R"({"code":"system.notFound","message":"Not found"})";
inline constexpr std::string_view denied_body =
    R"({"code":"system.accessDenied","message":"Access denied"})";
inline constexpr std::string_view not_allowed_body =
    R"({"code":"system.methodNotAllowed","message":"Method not allowed"})";
inline constexpr std::string_view timeout_body =
    R"({"code":"system.timeout","message":"Request timeout"})";
inline constexpr std::string_view too_long_body =
    R"({"code":"system.subjectTooLong","message":"Subject too long"})";

}  // namespace resgate::test
