#include "api/resource_api.h"

#include <utility>

#include "api/responses.h"
#include "base/json.h"
#include "base/utf8.h"
#include "http/target.h"

namespace resgate::api {

namespace {

bool reads(const http::Request& request) {
    return request.method == http::Method::get || request.method == http::Method::head;
}

/// The method that PUT, DELETE or PATCH stands for; null if none does.
const std::string* mapped_method(const Settings& settings, http::Method http_method) {
    const std::optional<std::string>* mapped = nullptr;
    if (http_method == http::Method::put)
        mapped = &settings.put_method;
    else if (http_method == http::Method::delete_)
        mapped = &settings.delete_method;
    else if (http_method == http::Method::patch)
        mapped = &settings.patch_method;
    return mapped && *mapped ? &**mapped : nullptr;
}

std::uint64_t& counter_of(RequestCounters& counters, http::Method http_method) {
    switch (http_method) {
        case http::Method::put:
            return counters.put;
        case http::Method::delete_:
            return counters.delete_;
        case http::Method::patch:
            return counters.patch;
        default:
            return counters.get;
    }
}

res::Error bad_request(std::string_view what, std::string_view reason) {
    return {"system.badRequest", std::string(what) + ": " + std::string(reason), {}};
}

/// The parameters a body holds, if any ([HTTP-60] to [HTTP-63]).
res::Result<std::optional<std::string>> params_of(const http::Request& request) {
    using Params = std::optional<std::string>;
    switch (request.body_state) {
        case http::BodyState::too_large:
            return res::errors::request_too_large();
        case http::BodyState::unreadable:
            return bad_request("Error reading request body", request.body);
        case http::BodyState::complete:
            break;
    }
    if (request.body.find_first_not_of(" \t\r\n") == std::string::npos)
        return Params();
    std::string body = request.body;
    sanitize_utf8(body);
    const auto value = json::parse(body);
    if (!value)
        return bad_request("Error decoding request body", "not exactly one JSON value");
    return Params(std::string(value->text));
}

}  // namespace

ResourceApi::ResourceApi(session::Sessions& sessions, Log& log, Settings settings)
    : sessions_(sessions),
      log_(log),
      settings_(std::move(settings)),
      path_(settings_.api_path),
      cors_(settings_) {}

bool ResourceApi::handles(std::string_view decoded_path) const {
    return decoded_path.starts_with(path_.prefix());
}

std::optional<http::Response> ResourceApi::examine(const http::Request& request, Action& action) {
    if (request.method == http::Method::options)
        return cors_.answer_options(request);
    const auto error = check(request, action);
    if (!error)
        return std::nullopt;
    http::Response refusal = error_response(*error, cors_.headers(request));
    refusal.lines = cors_.lines();
    refusal.close = !reads(request) && request.body_state != http::BodyState::complete;
    return refusal;
}

void ResourceApi::take_back(std::string&& body) {
    constexpr std::size_t most_kept = 65536;
    if (body.capacity() > body_room_.capacity() && body.capacity() <= most_kept)
        body_room_ = std::move(body);
}

/// [HTTP-45], from the origin on.
std::optional<res::Error> ResourceApi::check(const http::Request& request, Action& action) {
    if (!cors_.accepts(request))
        return res::errors::forbidden_origin();
    const http::Target target = http::split_target(request.target);
    if (path_.has_trailing_slash(target.path))
        return res::errors::not_found();

    const std::string* const mapped = mapped_method(settings_, request.method);
    action.mapped = mapped != nullptr;
    if (request.method == http::Method::post) {
        ++counters_.post;
        auto call = path_.call(target.path, target.query);
        if (!call)
            return res::errors::not_found();
        action.rid = std::move(call->rid);
        action.method = std::move(call->method);
    } else if (mapped || reads(request)) {
        ++counter_of(counters_, request.method);
        auto rid = path_.rid(target.path, target.query);
        if (!rid)
            return res::errors::not_found();
        action.rid = std::move(*rid);
        if (mapped)
            action.method = *mapped;
    } else {
        return res::errors::method_not_allowed();
    }

    if (!reads(request)) {
        auto params = params_of(request);
        if (!params)
            return params.error();
        action.params = std::move(*params);
    }
    if (stopping_)
        return res::errors::service_unavailable();
    return std::nullopt;
}

http::Response answer_outside_api(const http::Request& request) {
    if (!http::split_target(request.target).asterisk)
        return error_response(res::errors::not_found(), {});
    http::Response response;
    if (request.method != http::Method::options) {
        response.status = 400;
        response.close = true;
    }
    return response;
}

}  // namespace resgate::api
