#include "ops/validation.h"

#include <algorithm>
#include <iterator>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "ops/origin_list.h"
#include "ops/properties.h"
#include "res/rid.h"

namespace resgate::ops {
namespace {

using Fault = std::optional<std::string>;

Fault check_request_timeout(const Settings& settings) {
    if (settings.request_timeout >= 0) {
        return std::nullopt;
    }
    return fmt::format("invalid requestTimeout setting ({})", settings.request_timeout);
}

/// [CONF-41]
Fault check_metrics_port(const Settings& settings) {
    const std::uint16_t port = bind_port(settings);
    if (settings.metrics_port != port) {
        return std::nullopt;
    }
    return fmt::format("invalid metrics port \"{}\": must be different from API port (\"{}\")",
                       settings.metrics_port, port);
}

/// [CONF-42]
Fault check_addr(const Settings& settings) {
    const std::string address = settings.addr.value_or("");
    const bool whole = address.find('\0') == std::string::npos;
    in6_addr binary{};
    if (address.empty() || (whole && (inet_pton(AF_INET, address.c_str(), &binary) == 1 ||
                                      inet_pton(AF_INET6, address.c_str(), &binary) == 1))) {
        return std::nullopt;
    }
    return fmt::format("invalid addr setting ({})\n\tmust be a valid IPv4 or IPv6 address",
                       address);
}

/// [CONF-43]
Fault check_resource_method(std::string_view name, const std::optional<std::string>& value) {
    if (!value || (res::is_valid_name(*value) && value->find('.') != std::string::npos)) {
        return std::nullopt;
    }
    return fmt::format("invalid {} setting ({})\n\tmust be a valid resource method", name, *value);
}

/// [CONF-45]
Fault check_allow_origin(const Settings& settings) {
    const std::string value = settings.allow_origin.value_or("*");
    const Fault reason = fault_of_origins(split_origins(value));
    if (!reason) {
        return std::nullopt;
    }
    return fmt::format(
        "invalid allowOrigin setting ({})\n\t{}\n\tvalid options are *, or a list of semi-colon "
        "separated origins",
        value, *reason);
}

/// [CONF-46]
Fault check_method(std::string_view name, const std::optional<std::string>& value) {
    if (!value || res::is_valid_method(*value)) {
        return std::nullopt;
    }
    return fmt::format("invalid {} setting ({})\n\tmust be a valid call method name", name, *value);
}

/// [CONF-47]
Fault check_api_encoding(const Settings& settings) {
    const std::string encoding = api_encoding(settings);
    if (encoding == "json" || encoding == "jsonflat") {
        return std::nullopt;
    }
    return fmt::format("invalid apiEncoding setting ({}) - available encodings: json, jsonflat",
                       settings.api_encoding);
}

/// [CONF-48]
Fault check_buffer_size(const Settings& settings) {
    if (settings.buffer_size >= 0) {
        return std::nullopt;
    }
    return fmt::format("invalid bufferSize setting ({})", settings.buffer_size);
}

/// [CONF-51]
Fault check_bounds(const Settings& settings) {
    for (const Property& each : properties()) {
        if (each.largest == 0) {
            continue;
        }
        const std::int64_t value = settings.*std::get<std::int64_t Settings::*>(each.member);
        if (value < 0 || value > each.largest) {
            return fmt::format("invalid {} setting ({})\n\tmust be an integer from 0 to {}",
                               each.name, value, each.largest);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> validate(const Settings& settings) {
    const Fault faults[] = {
        check_request_timeout(settings),
        check_metrics_port(settings),
        check_addr(settings),
        check_resource_method("headerAuth", settings.header_auth),
        check_resource_method("wsHeaderAuth", settings.ws_header_auth),
        check_allow_origin(settings),
        check_method("putMethod", settings.put_method),
        check_method("deleteMethod", settings.delete_method),
        check_method("patchMethod", settings.patch_method),
        check_api_encoding(settings),
        check_buffer_size(settings),
        check_bounds(settings),
    };
    const auto first = std::find_if(std::begin(faults), std::end(faults),
                                    [](const Fault& fault) { return fault.has_value(); });
    return first == std::end(faults) ? std::nullopt : *first;
}

}  // namespace resgate::ops
