#include "nats/server_address.h"

#include <charconv>
#include <optional>
#include <utility>

namespace resgate::nats {

namespace {

constexpr std::string_view mask = "***";
constexpr std::string_view scheme_end = "://";

/// The text up to the first `separator`, which is taken off `rest` together with it.
std::string_view take_until(std::string_view& rest, char separator) {
    const std::size_t at = rest.find(separator);
    const std::string_view head = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
    return head;
}

std::string_view without_blanks(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<int> hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded.push_back(text[at]);
            continue;
        }
        if (at + 2 >= text.size()) {
            return std::nullopt;
        }
        const auto high = hex_digit(text[at + 1]);
        const auto low = hex_digit(text[at + 2]);
        if (!high || !low) {
            return std::nullopt;
        }
        decoded.push_back(static_cast<char>(*high * 16 + *low));
        at += 2;
    }
    return decoded;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || at != end || port == 0) {
        return std::nullopt;
    }
    return port;
}

/// `user:password`, `user:` or `token`; false if it is badly encoded.
bool read_credentials(std::string_view text, ServerAddress& server) {
    const bool has_password = text.find(':') != std::string_view::npos;
    const auto first = percent_decoded(take_until(text, ':'));
    const auto second = percent_decoded(text);
    if (!first || !second) {
        return false;
    }
    (has_password ? server.user : server.token) = *first;
    server.password = *second;
    return true;
}

/// `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; false if it is none of them.
bool read_host(std::string_view text, ServerAddress& server) {
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) {
            return false;
        }
        server.host = text.substr(1, bracket - 1);
        text.remove_prefix(bracket + 1);
    } else {
        const std::size_t colon = text.find(':');
        server.host = text.substr(0, colon);
        text = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    if (server.host.empty() || server.host.find_first_of(" \t[]/@") != std::string::npos) {
        return false;
    }
    if (text.empty()) {
        return true;
    }
    const auto port = text.front() == ':' ? port_number(text.substr(1)) : std::nullopt;
    server.port = port.value_or(server.port);
    return port.has_value();
}

/// The failure is what is wrong with the URL.
Result<ServerAddress, std::string> parse_server(std::string_view url) {
    ServerAddress server;
    if (const std::size_t at = url.find(scheme_end); at != std::string_view::npos) {
        const std::string_view scheme = url.substr(0, at);
        if (scheme != "nats" && scheme != "tls") {
            return std::string("unsupported scheme");
        }
        server.tls = scheme == "tls";
        url.remove_prefix(at + scheme_end.size());
    }
    if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
        if (!read_credentials(url.substr(0, at), server)) {
            return std::string("bad percent-encoding");
        }
        url.remove_prefix(at + 1);
    }
    // Nothing behind the host has a meaning; a lone slash is common.
    if (!read_host(url.substr(0, url.find('/')), server)) {
        return std::string("bad host or port");
    }
    return server;
}

std::string masked_url(std::string_view url) {
    std::string shown;
    if (const std::size_t at = url.find(scheme_end); at != std::string_view::npos) {
        shown.append(url.substr(0, at + scheme_end.size()));
        url.remove_prefix(at + scheme_end.size());
    }
    if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
        const std::size_t colon = url.substr(0, at).find(':');
        if (colon != std::string_view::npos) {
            shown.append(url.substr(0, colon + 1));
        }
        shown.append(mask).append("@");
        url.remove_prefix(at + 1);
    }
    // What stands where a port should be may be the first half of a password with a comma in it.
    const std::size_t bracket = url.rfind(']');
    const std::size_t colon = url.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        const std::string_view port = url.substr(colon + 1);
        if (port.find_first_not_of("0123456789/ \t") != std::string_view::npos) {
            return shown.append(url.substr(0, colon + 1)).append(mask);
        }
    }
    return shown.append(url);
}

}  // namespace

Result<std::vector<ServerAddress>, std::string> parse_servers(std::string_view urls) {
    std::vector<ServerAddress> servers;
    while (!urls.empty()) {
        const std::string_view url = without_blanks(take_until(urls, ','));
        if (url.empty()) {
            continue;
        }
        auto server = parse_server(url);
        if (!server) {
            return "nats: " + server.error() + " in URL " + masked_url(url);
        }
        servers.push_back(std::move(*server));
    }
    if (servers.empty()) {
        return std::string("nats: no server given");
    }
    return servers;
}

std::string masked_urls(std::string_view urls) {
    std::string shown;
    while (!urls.empty()) {
        const bool last = urls.find(',') == std::string_view::npos;
        shown.append(masked_url(take_until(urls, ',')));
        if (!last) {
            shown.push_back(',');
        }
    }
    return shown;
}

}  // namespace resgate::nats
