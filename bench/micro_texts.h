#pragma once

#include <string_view>

/// Messages as they are seen on the wire, for the micro-benchmarks.
namespace resgate::bench::texts {

inline constexpr std::string_view change = R"({"values":{"n":1234}})";

inline constexpr std::string_view model =
    R"({"n":0,"text":"A model of two hundred bytes in all, which is about what a row of a table )"
    R"(in a web page has to show","flag":true,"price":12.50,"unit":"EUR","tags":{"data":["a","b"]},)"
    R"("state":"in stock"})";

inline constexpr std::string_view get_reply =
    R"({"result":{"model":)"
    R"({"n":0,"text":"A model of two hundred bytes in all, which is about what a row of a table )"
    R"(in a web page has to show","flag":true,"price":12.50,"unit":"EUR","tags":{"data":["a","b"]},)"
    R"("state":"in stock"}}})";

inline constexpr std::string_view access_reply = R"({"result":{"get":true,"call":"*"}})";

inline constexpr std::string_view call_reply = R"({"result":{"ok":true}})";

inline constexpr std::string_view call_request =
    R"({"id":4711,"method":"call.bench.model.17.do","params":{"text":"hello"}})";

inline constexpr std::string_view http_get =
    "GET /api/bench/model/17 HTTP/1.1\r\nHost: localhost:8080\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: application/json\r\nAccept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n\r\n";

}  // namespace resgate::bench::texts
