#pragma once

#include <string>
#include <string_view>

#include "support/core.h"

/// The resources of the conformance scenarios (90.2), and what is often done with them.
namespace resgate::test {

/// The content of a resource of 90.2, as JSON text; empty if there is none of that name.
std::string fixture(std::string_view name);

/// The reply to a get request for it.
std::string fixture_reply(std::string_view name);

/// Answers the pending access requests with `access` and the get requests with the fixtures, and
/// all requests that follow from that.
void serve_fixtures(Core& core, std::string_view access = granted);

/// Sends the request, serves it, and takes its result, which must be a success.
Json result_of(Core& core, TestClient& client, std::string_view method,
               std::string_view access = granted);

/// The resource set with these fixtures.
Json fixture_set(const std::vector<std::string>& names);

/// A custom event on the name reaches the client under that rid / does not.
void expect_live(Core& core, TestClient& client, std::string_view rid);
void expect_silent(Core& core, TestClient& client, std::string_view name);

/// The first request pending, which is taken.
ServiceCall take_first(Core& core);

/// The error object with the code and the text of 20.12.
Json error_object(std::string_view code);

}  // namespace resgate::test
