#include "http/response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <ctime>

namespace resgate::http {

namespace {

// Lines are written without their ends; each begins with that of the line before.

/// A number in decimal digits.
class Digits {
  public:
    explicit Digits(std::size_t number) {
        char* const begin = digits_.data();
        const char* const end = std::to_chars(begin, begin + digits_.size(), number).ptr;
        size_ = static_cast<std::size_t>(end - begin);
    }

    std::string_view text() const { return {digits_.data(), size_}; }

  private:
    std::array<char, 20> digits_;  // not set: `size_` says how many are
    std::size_t size_;
};

// Also to HTTP/1.0 requests: the version tells what the server can do (RFC 9110, 2.5).
constexpr std::string_view version = "HTTP/1.1 ";

void append_header(std::string& out, const Header& header) {
    out += "\r\n";
    out += header.name;
    out += ": ";
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    out += header.value;
    std::replace_if(
        out.begin() + begin, out.end(),
        [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return (byte < 0x20 && byte != '\t') || byte == 0x7f;
        },
        ' ');
}

std::string lines_of(const Headers& headers) {
    std::string lines;
    for (const Header& header : headers) {
        append_header(lines, header);
    }
    return lines;
}

std::string_view connection_line(const ResponseContext& context) {
    if (!context.keep_alive) {
        return "\r\nConnection: close";
    }
    return context.version == Version::http_1_0 ? "\r\nConnection: keep-alive" : "";
}

}  // namespace

FramePtr write_response(const Response& response, const ResponseContext& context) {
    const auto when = [](bool condition, std::string_view text) {
        return condition ? text : std::string_view();
    };
    const Digits status(static_cast<std::size_t>(response.status));
    const Digits length(response.body.size());
    const std::string headers = lines_of(response.headers);
    const bool typed = !response.content_type.empty();
    const bool dated = find_header(response.headers, "Date") != nullptr;
    const bool sized = response.status != 204 && response.status != 304;
    return Frame::of({version, status.text(), " ", reason_phrase(response.status),      //
                      response.lines, headers,                                          //
                      when(typed, "\r\nContent-Type: "), response.content_type,         //
                      when(!dated, "\r\nDate: "), when(!dated, context.date),           //
                      when(sized, "\r\nContent-Length: "), when(sized, length.text()),  //
                      connection_line(context), "\r\n\r\n",                             //
                      when(sized && !context.head, response.body)});
}

FramePtr write_switching_protocols(const Headers& headers) {
    return Frame::of({version, "101 ", reason_phrase(101), lines_of(headers), "\r\n\r\n"});
}

Response plain_refusal(int status, std::string_view detail) {
    Response response;
    response.status = status;
    response.content_type = text_type;
    response.body = Digits(static_cast<std::size_t>(status)).text();
    response.body += ' ';
    response.body += reason_phrase(status);
    if (!detail.empty()) {
        response.body.append(": ").append(detail);
    }
    response.close = true;
    return response;
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 300:
            return "Multiple Choices";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 407:
            return "Proxy Authentication Required";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 451:
            return "Unavailable For Legal Reasons";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Status";
    }
}

std::string http_date(std::int64_t seconds_since_1970) {
    const auto seconds = static_cast<std::time_t>(seconds_since_1970);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    // The process keeps the "C" locale, so these are the English names that the RFC demands.
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

}  // namespace resgate::http
