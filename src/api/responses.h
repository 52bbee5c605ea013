#pragma once

#include <string>
#include <string_view>

#include "http/response.h"
#include "res/error.h"

/// The shapes of answers. `headers` are those they start with.
namespace resgate::api {

/// The status of an error response ([HTTP-110]).
int status_of(std::string_view code);

/// The error a status of 400 to 599 stands for when a service gives no other ([HTTP-111]).
res::Error generic_error(int status);

/// A body of JSON ([HTTP-4]) under status 200.
http::Response json_response(std::string body, http::Headers headers);

/// The error object itself, with the status of its code ([HTTP-110]).
http::Response error_response(const res::Error& error, http::Headers headers);

}  // namespace resgate::api
