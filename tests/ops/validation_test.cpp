#include "ops/validation.h"

#include <gtest/gtest.h>

#include "ops/properties.h"

namespace resgate::ops {
namespace {

TEST(Validation, AcceptsTheDefaults) {
    EXPECT_EQ(validate(Settings()), std::nullopt);
}

TEST(Validation, RefusesANegativeRequestTimeout) {  // [CONF-38]
    Settings settings;
    settings.request_timeout = -1;
    EXPECT_EQ(validate(settings), "invalid requestTimeout setting (-1)");
}

TEST(Validation, RefusesTheApiPortForMetrics) {  // [CONF-41]
    Settings settings;
    settings.metrics_port = 8080;
    EXPECT_EQ(validate(settings),
              "invalid metrics port \"8080\": must be different from API port (\"8080\")");
}

TEST(Validation, AcceptsLiteralAddresses) {  // [CONF-42]
    Settings settings;
    for (const char* addr : {"", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:DB8::1",
                             "::ffff:127.0.0.1", "1:2:3:4:5:6:7:8"}) {
        settings.addr = addr;
        EXPECT_EQ(validate(settings), std::nullopt) << addr;
    }
}

TEST(Validation, RefusesOtherAddresses) {  // [CONF-42]
    using namespace std::string_literals;
    Settings settings;
    for (const std::string& addr :
         {"localhost"s, "127.0.0"s, "127.0.0.01"s, "127.0.0.1.2"s, "256.0.0.1"s, "127.0.0.1 "s,
          " 127.0.0.1"s, "[::1]"s, "fe80::1%lo"s, "::1::"s, "0x7f.0.0.1"s, "127.0.0.1:80"s,
          "127.0.0.1\0x"s, ":"s}) {
        settings.addr = addr;
        EXPECT_EQ(validate(settings),
                  "invalid addr setting (" + addr + ")\n\tmust be a valid IPv4 or IPv6 address");
    }
}

TEST(Validation, RefusesInvalidResourceMethods) {  // [CONF-43], [HTTP-27]
    for (const char* value : {"", "test", "test.", ".test", "a..b", "a.b?c", "a?.b", "a.*", "a.>",
                              "a.b c", "a.\xc3\xa4"}) {
        Settings settings;
        settings.header_auth = value;
        EXPECT_EQ(validate(settings), "invalid headerAuth setting (" + std::string(value) +
                                          ")\n\tmust be a valid resource method");
        settings.header_auth.reset();
        settings.ws_header_auth = value;
        EXPECT_EQ(validate(settings), "invalid wsHeaderAuth setting (" + std::string(value) +
                                          ")\n\tmust be a valid resource method");
    }
    Settings settings;
    settings.header_auth = "auth.{cid}.$#/<";
    settings.ws_header_auth = "a.b";
    EXPECT_EQ(validate(settings), std::nullopt);
}

TEST(Validation, RefusesInvalidOrigins) {  // [CONF-45]; all vectors are in the origin list's tests
    constexpr auto options = "\n\tvalid options are *, or a list of semi-colon separated origins";
    Settings settings;
    settings.allow_origin = "";
    EXPECT_EQ(validate(settings),
              std::string("invalid allowOrigin setting ()\n\torigin must not be empty") + options);
    settings.allow_origin = "*;*";
    EXPECT_EQ(validate(settings),
              std::string("invalid allowOrigin setting (*;*)\n\t'*' must not be used together with "
                          "other origin settings") +
                  options);
    settings.allow_origin = "http://a;HTTP://B/";
    EXPECT_EQ(validate(settings),
              std::string("invalid allowOrigin setting (http://a;HTTP://B/)\n\t'http://b/' doesn't "
                          "match <scheme>://<hostname>[:<port>]") +
                  options);
}

TEST(Validation, RefusesInvalidMappedMethods) {  // [CONF-46]
    const std::pair<const char*, std::optional<std::string> Settings::*> methods[] = {
        {"putMethod", &Settings::put_method},
        {"deleteMethod", &Settings::delete_method},
        {"patchMethod", &Settings::patch_method},
    };
    for (const auto& [name, member] : methods) {
        Settings settings;
        for (const char* value : {"", "foo.bar", "a*", ">", "a?", "a b", "\x7f", "\xc3\xa4"}) {
            settings.*member = value;
            EXPECT_EQ(validate(settings), "invalid " + std::string(name) + " setting (" + value +
                                              ")\n\tmust be a valid call method name");
        }
        settings.*member = "!~{<";
        EXPECT_EQ(validate(settings), std::nullopt);
    }
}

TEST(Validation, KnowsTwoEncodingsInAnyCase) {  // [CONF-47]
    Settings settings;
    for (const char* value : {"json", "JSON", "jsonFlat", "JSONFLAT"}) {
        settings.api_encoding = value;
        EXPECT_EQ(validate(settings), std::nullopt) << value;
    }
    settings.api_encoding = "Xml";
    EXPECT_EQ(validate(settings),
              "invalid apiEncoding setting (Xml) - available encodings: json, jsonflat");
}

TEST(Validation, RefusesANegativeBufferSize) {  // [CONF-48]
    Settings settings;
    settings.buffer_size = -8192;
    EXPECT_EQ(validate(settings), "invalid bufferSize setting (-8192)");
}

TEST(Validation, DoesNotLookAtPathsFilesAndThrottles) {  // [CONF-48], [CONF-49], [CONF-22]
    Settings settings;
    settings.ws_path = "ws?";
    settings.api_path = " ";
    settings.tls = true;
    settings.cert_file = "/does/not/exist";
    settings.nats_root_cas = {"/does/not/exist"};
    settings.reset_throttle = -1;
    settings.reference_throttle = -1;
    EXPECT_EQ(validate(settings), std::nullopt);
}

TEST(Validation, BoundsTheNumbersOfPart95) {  // [CONF-51]
    int checked = 0;
    for (const Property& each : properties()) {
        if (each.largest == 0) {
            continue;
        }
        ++checked;
        const std::int64_t largest = each.name == "threads" ? 1024 : 2147483647;
        const auto member = std::get<std::int64_t Settings::*>(each.member);
        for (const std::int64_t good : {std::int64_t{0}, largest}) {
            Settings settings;
            settings.*member = good;
            EXPECT_EQ(validate(settings), std::nullopt) << each.name;
        }
        for (const std::int64_t bad : {std::int64_t{-1}, largest + 1}) {
            Settings settings;
            settings.*member = bad;
            EXPECT_EQ(validate(settings),
                      "invalid " + std::string(each.name) + " setting (" + std::to_string(bad) +
                          ")\n\tmust be an integer from 0 to " + std::to_string(largest));
        }
    }
    EXPECT_EQ(checked, 12);
}

TEST(Validation, ReportsTheFirstFaultInTheOrderOfSection6) {  // [CONF-40]
    Settings settings;
    settings.request_timeout = -1;
    settings.metrics_port = settings.port;
    settings.addr = "x";
    settings.header_auth = "x";
    settings.ws_header_auth = "x";
    settings.allow_origin = "x";
    settings.put_method = "";
    settings.delete_method = "";
    settings.patch_method = "";
    settings.api_encoding = "x";
    settings.buffer_size = -1;
    settings.max_message_size = -1;
    settings.threads = -1;

    const auto expect_then = [&](std::string_view name, auto repair) {
        const auto fault = validate(settings);
        ASSERT_TRUE(fault.has_value()) << name;
        EXPECT_TRUE(fault->starts_with("invalid " + std::string(name))) << *fault;
        repair();
    };
    expect_then("requestTimeout", [&] { settings.request_timeout = 11; });
    expect_then("metrics port", [&] { settings.metrics_port = 0; });
    expect_then("addr", [&] { settings.addr = ""; });
    expect_then("headerAuth", [&] { settings.header_auth.reset(); });
    expect_then("wsHeaderAuth", [&] { settings.ws_header_auth.reset(); });
    expect_then("allowOrigin", [&] { settings.allow_origin = "*"; });
    expect_then("putMethod", [&] { settings.put_method.reset(); });
    expect_then("deleteMethod", [&] { settings.delete_method.reset(); });
    expect_then("patchMethod", [&] { settings.patch_method.reset(); });
    expect_then("apiEncoding", [&] { settings.api_encoding = "json"; });
    expect_then("bufferSize", [&] { settings.buffer_size = 0; });
    expect_then("maxMessageSize", [&] { settings.max_message_size = 0; });
    expect_then("threads", [&] { settings.threads = 0; });
    EXPECT_EQ(validate(settings), std::nullopt);
}

}  // namespace
}  // namespace resgate::ops
