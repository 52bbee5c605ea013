#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"

namespace resgate::ops {

/// The properties of the configuration file, in the order they are written to it, with their
/// defaults ([CONF-22], [CONF-26]). What they mean: parts 70 and 95 of the specification.
///
/// Numbers are 64 bits wide so that what is out of range can be reported as it was given.
struct Settings {
    std::string nats_url = "nats://127.0.0.1:4222";
    std::string nats_creds;
    std::string nats_cert;
    std::string nats_key;
    std::vector<std::string> nats_root_cas;
    std::int64_t request_timeout = 3000;  ///< milliseconds, once [CONF-38] is applied
    std::int64_t buffer_size = 8192;      ///< without effect ([DEC-10])
    bool debug = false;
    bool trace = false;
    std::optional<std::string> addr = "0.0.0.0";
    std::uint16_t port = 8080;
    std::string ws_path = "/";
    std::string api_path = "/api";
    std::uint16_t metrics_port = 0;
    std::string api_encoding = "json";
    std::optional<std::string> header_auth;
    std::optional<std::string> ws_header_auth;
    std::optional<std::string> allow_origin = "*";
    std::optional<std::string> put_method;
    std::optional<std::string> delete_method;
    std::optional<std::string> patch_method;
    bool tls = false;
    std::string cert_file;
    std::string key_file;
    bool ws_compression = false;
    std::int64_t reset_throttle = 0;      ///< 0 or less: no limit
    std::int64_t reference_throttle = 0;  ///< 0 or less: no limit
    std::int64_t max_message_size = 1048576;
    std::int64_t max_header_size = 16384;
    std::int64_t max_connections = 0;
    std::int64_t max_connections_per_address = 0;
    std::int64_t max_subscriptions = 0;
    std::int64_t max_pending_bytes = 16777216;
    std::int64_t handshake_timeout = 10000;  ///< milliseconds, as all that follow but the last
    std::int64_t keep_alive_timeout = 60000;
    std::int64_t ping_interval = 30000;
    std::int64_t ping_timeout = 10000;
    std::int64_t unsubscribe_delay = 5000;
    std::int64_t threads = 0;

    bool operator==(const Settings&) const = default;
};

/// A method of a resource, written `<rid>.<method>`.
struct ResourceMethod {
    std::string rid;
    std::string method;

    bool operator==(const ResourceMethod&) const = default;
};

// What follows is derived from settings that `validate` has accepted.

/// `http` or `https`.
std::string_view scheme(const Settings& settings);

/// The address to bind: numeric, without brackets; empty = all addresses. An IPv4-mapped IPv6
/// address has become the IPv4 address ([CONF-42]).
std::string bind_address(const Settings& settings);

/// The port to bind. Only settings made without the defaults have port 0; they get the standard
/// port of the scheme ([CONF-50]).
std::uint16_t bind_port(const Settings& settings);

/// `<addr>:<port>` as shown in the log, IPv6 in brackets ([OPS-2]).
std::string listen_address(const Settings& settings);
std::string metrics_address(const Settings& settings);

/// The path prefix of resources; ends in `/` ([HTTP-14]).
std::string api_path(const Settings& settings);

/// The encoding of resources over HTTP in lower case: `json` or `jsonflat` ([CONF-47]).
std::string api_encoding(const Settings& settings);

/// The entries of `allowOrigin`, lower-cased and sorted bytewise ([HTTP-43]), or only `*`.
std::vector<std::string> allowed_origins(const Settings& settings);

/// The value of `Access-Control-Allow-Methods` ([HTTP-50]).
std::string allowed_methods(const Settings& settings);

/// `headerAuth` and `wsHeaderAuth`, split at the last dot ([CONF-43]).
std::optional<ResourceMethod> header_auth(const Settings& settings);
std::optional<ResourceMethod> ws_header_auth(const Settings& settings);

/// [TMO-1]. At most 2147483647 ms, so that sums of times cannot overflow.
std::chrono::milliseconds request_timeout(const Settings& settings);

/// [DLY-1]
std::chrono::milliseconds unsubscribe_delay(const Settings& settings);

/// [LMT-1] to [LMT-10]
Limits limits(const Settings& settings);

}  // namespace resgate::ops
