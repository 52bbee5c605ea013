#include "ops/unsupported.h"

namespace resgate::ops {

std::optional<std::string_view> unsupported_property(const Settings& settings) {
    const struct {
        std::string_view property;
        bool switched_on;
    } table[] = {
        {"tls", settings.tls},
        {"wsCompression", settings.ws_compression},
        {"metricsPort", settings.metrics_port != 0},
        {"natsCreds", !settings.nats_creds.empty()},
        {"natsCert", !settings.nats_cert.empty()},
        {"natsKey", !settings.nats_key.empty()},
        {"natsRootCAs", !settings.nats_root_cas.empty()},
        {"headerAuth", settings.header_auth.has_value()},
        {"wsHeaderAuth", settings.ws_header_auth.has_value()},
        {"putMethod", settings.put_method.has_value()},
        {"deleteMethod", settings.delete_method.has_value()},
        {"patchMethod", settings.patch_method.has_value()},
        {"apiEncoding", api_encoding(settings) != "json"},
        {"allowOrigin", settings.allow_origin.value_or("*") != "*"},
    };

    for (const auto& row : table) {
        if (row.switched_on) {
            return row.property;
        }
    }
    return std::nullopt;
}

}  // namespace resgate::ops
