#include "ops/settings.h"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "ops/origin_list.h"

namespace resgate::ops {
namespace {

constexpr std::int64_t largest_timeout = 2147483647;

/// The IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), however it is written.
std::optional<std::string> mapped_ipv4(const std::string& address) {
    in6_addr binary{};
    if (inet_pton(AF_INET6, address.c_str(), &binary) != 1 || !IN6_IS_ADDR_V4MAPPED(&binary)) {
        return std::nullopt;
    }
    char text[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, &binary.s6_addr[12], text, sizeof text);
}

std::string shown_address(const Settings& settings, std::uint16_t port) {
    const std::string address = bind_address(settings);
    const bool ipv6 = address.find(':') != std::string::npos;
    return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), address, port);
}

std::optional<ResourceMethod> split_method(const std::optional<std::string>& setting) {
    if (!setting) {
        return std::nullopt;
    }
    const std::size_t dot = setting->rfind('.');
    return ResourceMethod{setting->substr(0, dot), setting->substr(dot + 1)};
}

std::size_t size(std::int64_t setting) {
    return static_cast<std::size_t>(setting);
}

}  // namespace

std::string_view scheme(const Settings& settings) {
    return settings.tls ? "https" : "http";
}

std::string bind_address(const Settings& settings) {
    const std::string address = settings.addr.value_or("0.0.0.0");
    return mapped_ipv4(address).value_or(address);
}

std::uint16_t bind_port(const Settings& settings) {
    if (settings.port != 0) {
        return settings.port;
    }
    return settings.tls ? 443 : 80;
}

std::string listen_address(const Settings& settings) {
    return shown_address(settings, bind_port(settings));
}

std::string metrics_address(const Settings& settings) {
    return shown_address(settings, settings.metrics_port);
}

std::string api_path(const Settings& settings) {
    return settings.api_path.ends_with('/') ? settings.api_path : settings.api_path + '/';
}

std::string api_encoding(const Settings& settings) {
    return to_lower_ascii(settings.api_encoding);
}

std::vector<std::string> allowed_origins(const Settings& settings) {
    std::vector<std::string> origins = split_origins(settings.allow_origin.value_or("*"));
    std::sort(origins.begin(), origins.end());
    return origins;
}

std::string allowed_methods(const Settings& settings) {
    std::string methods = "GET, HEAD, OPTIONS, POST";
    if (settings.put_method) {
        methods += ", PUT";
    }
    if (settings.delete_method) {
        methods += ", DELETE";
    }
    if (settings.patch_method) {
        methods += ", PATCH";
    }
    return methods;
}

std::optional<ResourceMethod> header_auth(const Settings& settings) {
    return split_method(settings.header_auth);
}

std::optional<ResourceMethod> ws_header_auth(const Settings& settings) {
    return split_method(settings.ws_header_auth);
}

std::chrono::milliseconds request_timeout(const Settings& settings) {
    return std::chrono::milliseconds(std::min(settings.request_timeout, largest_timeout));
}

std::chrono::milliseconds unsubscribe_delay(const Settings& settings) {
    return std::chrono::milliseconds(settings.unsubscribe_delay);
}

Limits limits(const Settings& settings) {
    using std::chrono::milliseconds;
    Limits limits;
    limits.max_message_size = size(settings.max_message_size);
    limits.max_header_size = size(settings.max_header_size);
    limits.max_connections = size(settings.max_connections);
    limits.max_connections_per_address = size(settings.max_connections_per_address);
    limits.max_subscriptions = size(settings.max_subscriptions);
    limits.max_pending_bytes = size(settings.max_pending_bytes);
    limits.handshake_timeout = milliseconds(settings.handshake_timeout);
    limits.keep_alive_timeout = milliseconds(settings.keep_alive_timeout);
    limits.ping_interval = milliseconds(settings.ping_interval);
    limits.ping_timeout = milliseconds(settings.ping_timeout);
    return limits;
}

}  // namespace resgate::ops
