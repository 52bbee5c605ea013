#include "http/response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <ctime>

namespace resgate::http {

namespace {

// Lines are appended without their ends; each begins with that of the line before.

void append_number(std::string& out, std::size_t number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

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

void append_status_line(std::string& out, int status) {
    // Also to HTTP/1.0 requests: the version tells what the server can do (RFC 9110, 2.5).
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(status));
    out += ' ';
    out += reason_phrase(status);
}

}  // namespace

FramePtr write_response(const Response& response, const ResponseContext& context) {
    FrameBuilder builder(256 + response.body.size());
    std::string& out = builder.text();
    append_status_line(out, response.status);
    out += response.lines;
    for (const Header& header : response.headers) {
        append_header(out, header);
    }
    if (!response.content_type.empty()) {
        out += "\r\nContent-Type: ";
        out += response.content_type;
    }
    if (find_header(response.headers, "Date") == nullptr) {
        out += "\r\nDate: ";
        out += context.date;
    }
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!bodiless) {
        out += "\r\nContent-Length: ";
        append_number(out, response.body.size());
    }
    if (!context.keep_alive) {
        out += "\r\nConnection: close";
    } else if (context.version == Version::http_1_0) {
        out += "\r\nConnection: keep-alive";
    }
    out += "\r\n\r\n";
    if (!context.head && !bodiless) {
        out += response.body;
    }
    return builder.finish();
}

FramePtr write_switching_protocols(const Headers& headers) {
    FrameBuilder builder(256);
    append_status_line(builder.text(), 101);
    for (const Header& header : headers) {
        append_header(builder.text(), header);
    }
    builder.text() += "\r\n\r\n";
    return builder.finish();
}

Response plain_refusal(int status, std::string_view detail) {
    Response response;
    response.status = status;
    response.content_type = text_type;
    append_number(response.body, static_cast<std::size_t>(status));
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
