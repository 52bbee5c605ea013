#include "ops/properties.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <type_traits>

namespace resgate::ops {
namespace {

/// The bound of the numbers of part 95.
constexpr std::int64_t bound = 2147483647;

constexpr Property table[] = {
    {"natsUrl", &Settings::nats_url},
    {"natsCreds", &Settings::nats_creds},
    {"natsCert", &Settings::nats_cert},
    {"natsKey", &Settings::nats_key},
    {"natsRootCAs", &Settings::nats_root_cas},
    {"requestTimeout", &Settings::request_timeout, true},
    {"bufferSize", &Settings::buffer_size, true},
    {"debug", &Settings::debug},
    {"trace", &Settings::trace},
    {"addr", &Settings::addr},
    {"port", &Settings::port, true},
    {"wsPath", &Settings::ws_path},
    {"apiPath", &Settings::api_path},
    {"metricsPort", &Settings::metrics_port},
    {"apiEncoding", &Settings::api_encoding},
    {"headerAuth", &Settings::header_auth},
    {"wsHeaderAuth", &Settings::ws_header_auth},
    {"allowOrigin", &Settings::allow_origin},
    {"putMethod", &Settings::put_method},
    {"deleteMethod", &Settings::delete_method},
    {"patchMethod", &Settings::patch_method},
    {"tls", &Settings::tls},
    {"certFile", &Settings::cert_file},
    {"keyFile", &Settings::key_file},
    {"wsCompression", &Settings::ws_compression},
    {"resetThrottle", &Settings::reset_throttle},
    {"referenceThrottle", &Settings::reference_throttle},
    {"maxMessageSize", &Settings::max_message_size, false, bound},
    {"maxHeaderSize", &Settings::max_header_size, false, bound},
    {"maxConnections", &Settings::max_connections, false, bound},
    {"maxConnectionsPerAddress", &Settings::max_connections_per_address, false, bound},
    {"maxSubscriptions", &Settings::max_subscriptions, false, bound},
    {"maxPendingBytes", &Settings::max_pending_bytes, false, bound},
    {"handshakeTimeout", &Settings::handshake_timeout, false, bound},
    {"keepAliveTimeout", &Settings::keep_alive_timeout, false, bound},
    {"pingInterval", &Settings::ping_interval, false, bound},
    {"pingTimeout", &Settings::ping_timeout, false, bound},
    {"unsubscribeDelay", &Settings::unsubscribe_delay, false, bound},
    {"threads", &Settings::threads, false, 1024},
};

}  // namespace

std::span<const Property> properties() {
    return table;
}

const Property& property(std::string_view name) {
    const auto found = std::find_if(std::begin(table), std::end(table),
                                    [&](const Property& each) { return each.name == name; });
    assert(found != std::end(table));
    return *found;
}

void reset(Settings& settings, const Property& property) {
    std::visit([&](auto member) { settings.*member = Settings{}.*member; }, property.member);
}

void reset_if_zero(Settings& settings, const Property& property) {
    const bool zero = std::visit(
        [&](auto member) {
            using Type = std::remove_cvref_t<decltype(settings.*member)>;
            if constexpr (std::is_same_v<Type, std::string>) {
                return (settings.*member).empty();
            } else if constexpr (std::is_integral_v<Type>) {
                return property.zero_is_default && settings.*member == Type{};
            } else {
                return false;
            }
        },
        property.member);
    if (zero) {
        reset(settings, property);
    }
}

}  // namespace resgate::ops
