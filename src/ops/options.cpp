#include "ops/options.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "ops/version.h"

namespace resgate::ops {
namespace {

using enum OptionKind;
using enum OptionGroup;

constexpr Option table[] = {
    {"n", "nats", text, "natsUrl", "<url>", "address of the NATS server (nats://127.0.0.1:4222)",
     server},
    {"i", "addr", text, "addr", "<ip>", "IP address to listen on (0.0.0.0)", server, true},
    {"p", "port", port, "port", "<port>", "port for HTTP and WebSocket clients (8080)", server},
    {"w", "wspath", text, "wsPath", "<path>", "path that accepts WebSocket connections (/)",
     server},
    {"a", "apipath", text, "apiPath", "<path>", "path prefix for resources over HTTP (/api/)",
     server},
    {"r", "reqtimeout", number, "requestTimeout", "<ms>",
     "how long to wait for a service, in milliseconds (3000)", server},
    {"u", "headauth", text, "headerAuth", "<method>", "auth method called for every HTTP request",
     server},
    {"t", "wsheadauth", text, "wsHeaderAuth", "<method>",
     "auth method called for every WebSocket handshake", server},
    {"m", "metricsport", port, "metricsPort", "<port>", "port of the OpenMetrics endpoint (off)",
     server},
    {"", "apiencoding", text, "apiEncoding", "<name>",
     "HTTP encoding of resources: json or jsonflat (json)", server},
    {"", "putmethod", text, "putMethod", "<name>", "call method used for HTTP PUT", server},
    {"", "deletemethod", text, "deleteMethod", "<name>", "call method used for HTTP DELETE",
     server},
    {"", "patchmethod", text, "patchMethod", "<name>", "call method used for HTTP PATCH", server},
    {"", "wscompression", flag, "wsCompression", "", "compress WebSocket messages", server},
    {"", "resetthrottle", number, "resetThrottle", "<n>",
     "parallel requests after a system reset (0, unlimited)", server},
    {"", "referencethrottle", number, "referenceThrottle", "<n>",
     "parallel requests when following references (0, unlimited)", server},
    {"c", "config", text, "", "<file>", "JSON configuration file", server},

    {"", "tls", flag, "tls", "", "serve HTTPS and WSS", security},
    {"", "tlscert", text, "certFile", "<file>", "certificate for --tls", security},
    {"", "tlskey", text, "keyFile", "<file>", "private key for --tls", security},
    {"", "creds", text, "natsCreds", "<file>", "NATS user credentials", security},
    {"", "natscert", text, "natsCert", "<file>", "client certificate for NATS", security},
    {"", "natskey", text, "natsKey", "<file>", "private key of the client certificate", security},
    {"", "natsrootca", list, "natsRootCAs", "<file>", "CA to trust for NATS, may be repeated",
     security},
    {"", "alloworigin", list, "allowOrigin", "<origin>",
     "allowed origin, may be repeated: * or <scheme>://<host>[:<port>] (*)", security},

    {"", "maxmessagesize", number, "maxMessageSize", "<bytes>",
     "largest WebSocket message or HTTP body (1048576)", limits},
    {"", "maxheadersize", number, "maxHeaderSize", "<bytes>", "largest HTTP request head (16384)",
     limits},
    {"", "maxconnections", number, "maxConnections", "<n>", "client connections (0, unlimited)",
     limits},
    {"", "maxconnectionsperaddress", number, "maxConnectionsPerAddress", "<n>",
     "client connections of one address (0, unlimited)", limits},
    {"", "maxsubscriptions", number, "maxSubscriptions", "<n>",
     "subscriptions of one connection (0, unlimited)", limits},
    {"", "maxpendingbytes", number, "maxPendingBytes", "<bytes>",
     "unsent output of one connection (16777216)", limits},
    {"", "handshaketimeout", number, "handshakeTimeout", "<ms>",
     "time to send a complete request head (10000)", limits},
    {"", "keepalivetimeout", number, "keepAliveTimeout", "<ms>",
     "idle time of an HTTP connection (60000)", limits},
    {"", "pinginterval", number, "pingInterval", "<ms>",
     "silence before a WebSocket is pinged (30000)", limits},
    {"", "pingtimeout", number, "pingTimeout", "<ms>",
     "silence after a ping before it is closed (10000)", limits},
    {"", "unsubdelay", number, "unsubscribeDelay", "<ms>",
     "how long an unused resource stays cached (5000)", limits},
    {"", "threads", number, "threads", "<n>", "event loops for clients (0, by number of cores)",
     limits},

    {"D", "debug", flag, "debug", "", "log debug messages", logging},
    {"V", "trace", flag, "trace", "", "log all traffic", logging},
    {"DV", "", flag, "", "", "both", logging},

    {"h", "help", flag, "", "", "print this text", common},
    {"v", "version", flag, "", "", "print versions", common},
};

constexpr std::pair<OptionGroup, std::string_view> headings[] = {
    {server, "Server"},   {security, "Security"}, {limits, "Limits and tuning"},
    {logging, "Logging"}, {common, "Common"},
};

/// `  -p, --port <port>`
std::string synopsis(const Option& option) {
    std::string line =
        option.short_name.empty() ? "      " : fmt::format("  -{}", option.short_name);
    if (!option.long_name.empty()) {
        line += option.short_name.empty() ? "--" : ", --";
        line += option.long_name;
    }
    if (!option.placeholder.empty()) {
        line += ' ';
        line += option.placeholder;
    }
    return line;
}

}  // namespace

std::span<const Option> options() {
    return table;
}

const Option* find_option(std::string_view name) {
    const auto found = std::find_if(std::begin(table), std::end(table), [&](const Option& each) {
        return each.short_name == name || each.long_name == name;
    });
    return found == std::end(table) ? nullptr : found;
}

std::string help_text() {
    constexpr std::size_t description_column = 35;
    std::string help = fmt::format("Usage: {} [options]\n", program_name);
    for (const auto& [group, heading] : headings) {
        help += fmt::format("\n{}\n", heading);
        for (const Option& option : table) {
            if (option.group != group) {
                continue;
            }
            std::string line = synopsis(option);
            if (line.size() >= description_column) {
                help += line + '\n';
                line.clear();
            }
            help += fmt::format("{:<{}}{}\n", line, description_column, option.description);
        }
    }
    return help;
}

}  // namespace resgate::ops
