#include "ops/config_text.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resgate::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Settings parsed(std::string_view text) {
    const auto settings = parse_config(text);
    EXPECT_TRUE(settings.ok()) << text << ": " << (settings.ok() ? "" : settings.error());
    return settings.ok() ? *settings : Settings();
}

std::string failure(std::string_view text) {
    const auto settings = parse_config(text);
    EXPECT_FALSE(settings.ok()) << text;
    return settings.ok() ? "" : settings.error();
}

TEST(ConfigText, IsOneObjectAndNullIsAnEmptyOne) {  // [CONF-20]
    EXPECT_EQ(parsed("{}"), Settings());
    EXPECT_EQ(parsed("null"), Settings());
    EXPECT_EQ(parsed(" \t\r\n{ }\n"), Settings());
}

TEST(ConfigText, RefusesEverythingElse) {  // [CONF-20], [CONF-24]
    using namespace std::string_literals;
    for (const std::string& text : {""s,
                                    " "s,
                                    "[]"s,
                                    "[1]"s,
                                    "1"s,
                                    "\"x\""s,
                                    "true"s,
                                    "{"s,
                                    "{}x"s,
                                    "{}{}"s,
                                    "{}\0"s,
                                    "{}\0x"s,
                                    "{\"port\":80,}"s,
                                    "// c\n{}"s,
                                    "{/* c */}"s,
                                    "{'port':80}"s,
                                    "{port:80}"s,
                                    "\xef\xbb\xbf{}"s,
                                    "{\"port\":080}"s,
                                    "{\"natsUrl\":\"\xff\"}"s,
                                    "{\"natsUrl\":\"\n\"}"s,
                                    "{\"x\":1e999}"s}) {
        EXPECT_NE(failure(text), "");
    }
    EXPECT_EQ(failure("[1]"), "not a JSON object");
    EXPECT_THAT(failure("{\n\"port\" 80}"), HasSubstr("line 2"));
}

TEST(ConfigText, DoesNotShowCredentialsInItsFailures) {  // [NTX-2]
    const std::string text = "{\"natsUrl\":\"nats://user:secret@host\",";
    for (std::size_t length = 0; length <= text.size(); ++length) {
        for (const char* rest : {"", "\n", "\\x", "\xff", "\" \"x\""}) {
            const std::string reason = failure(text.substr(0, length) + rest);
            EXPECT_EQ(reason.find("secret"), std::string::npos) << reason;
        }
    }
    EXPECT_EQ(failure(text + "\"port\":\"secret\"}"),
              "property port must be an integer from 0 to 65535");
}

TEST(ConfigText, StopsAtEveryTruncation) {
    const std::string text = R"({"natsRootCAs":["a","b"],"port":80,"x":{"port":1}})";
    for (std::size_t length = 0; length < text.size(); ++length) {
        EXPECT_FALSE(parse_config(text.substr(0, length)).ok()) << length;
    }
    EXPECT_EQ(parsed(text).port, 80);
}

TEST(ConfigText, MatchesNamesIgnoringAsciiCase) {  // [CONF-21]
    EXPECT_EQ(parsed(R"({"PORT":1})").port, 1);
    EXPECT_THAT(parsed(R"({"natsrootcas":["a"]})").nats_root_cas, ElementsAre("a"));
    EXPECT_EQ(parsed(R"({"\u0070ort":2})").port, 2);
    EXPECT_EQ(parsed(R"({"TLSCERT":"c"})").cert_file, "c");
}

TEST(ConfigText, IgnoresUnknownProperties) {  // [CONF-21]
    EXPECT_EQ(parsed(R"({"x":{"port":1,"y":[{"port":2}]},"":3,"ports":[4]})"), Settings());
}

TEST(ConfigText, CountsTheLastOfDuplicates) {  // [CONF-21]
    EXPECT_EQ(parsed(R"({"port":1,"PORT":2,"port":3})").port, 3);
    EXPECT_EQ(parsed(R"({"port":1,"Port":2})").port, 2);
    EXPECT_EQ(parsed(R"({"port":1,"port":null})").port, 8080);
    EXPECT_THAT(parsed(R"({"natsRootCAs":["a"],"natsRootCAs":["b"]})").nats_root_cas,
                ElementsAre("b"));
}

TEST(ConfigText, ReadsEveryProperty) {  // [CONF-22]
    const Settings settings = parsed(R"({
        "natsUrl":"nats://h", "natsCreds":"c", "natsCert":"nc", "natsKey":"nk",
        "natsRootCAs":["a","b"], "requestTimeout":5, "bufferSize":6, "debug":true, "trace":true,
        "addr":"::1", "port":7, "wsPath":"/ws", "apiPath":"/rest", "metricsPort":8,
        "apiEncoding":"jsonflat", "headerAuth":"a.b", "wsHeaderAuth":"c.d", "allowOrigin":"o",
        "putMethod":"put", "deleteMethod":"delete", "patchMethod":"patch", "tls":true,
        "certFile":"cf", "keyFile":"kf", "wsCompression":true, "resetThrottle":9,
        "referenceThrottle":10, "maxMessageSize":11, "maxHeaderSize":12, "maxConnections":13,
        "maxConnectionsPerAddress":14, "maxSubscriptions":15, "maxPendingBytes":16,
        "handshakeTimeout":17, "keepAliveTimeout":18, "pingInterval":19, "pingTimeout":20,
        "unsubscribeDelay":21, "threads":22 })");
    Settings expected;
    expected.nats_url = "nats://h";
    expected.nats_creds = "c";
    expected.nats_cert = "nc";
    expected.nats_key = "nk";
    expected.nats_root_cas = {"a", "b"};
    expected.request_timeout = 5;
    expected.buffer_size = 6;
    expected.debug = true;
    expected.trace = true;
    expected.addr = "::1";
    expected.port = 7;
    expected.ws_path = "/ws";
    expected.api_path = "/rest";
    expected.metrics_port = 8;
    expected.api_encoding = "jsonflat";
    expected.header_auth = "a.b";
    expected.ws_header_auth = "c.d";
    expected.allow_origin = "o";
    expected.put_method = "put";
    expected.delete_method = "delete";
    expected.patch_method = "patch";
    expected.tls = true;
    expected.cert_file = "cf";
    expected.key_file = "kf";
    expected.ws_compression = true;
    expected.reset_throttle = 9;
    expected.reference_throttle = 10;
    expected.max_message_size = 11;
    expected.max_header_size = 12;
    expected.max_connections = 13;
    expected.max_connections_per_address = 14;
    expected.max_subscriptions = 15;
    expected.max_pending_bytes = 16;
    expected.handshake_timeout = 17;
    expected.keep_alive_timeout = 18;
    expected.ping_interval = 19;
    expected.ping_timeout = 20;
    expected.unsubscribe_delay = 21;
    expected.threads = 22;
    EXPECT_EQ(settings, expected);
    EXPECT_EQ(parsed(format_config(expected)), expected);
}

constexpr std::string_view strings[] = {"natsUrl", "natsCreds", "natsCert",    "natsKey",
                                        "wsPath",  "apiPath",   "apiEncoding", "certFile",
                                        "keyFile", "tlsCert",   "tlsKey"};
constexpr std::string_view optional_strings[] = {"addr",       "headerAuth",   "wsHeaderAuth",
                                                 "putMethod",  "deleteMethod", "patchMethod",
                                                 "allowOrigin"};
constexpr std::string_view booleans[] = {"debug", "trace", "tls", "wsCompression"};
constexpr std::string_view ports[] = {"port", "metricsPort"};
constexpr std::string_view integers[] = {
    "requestTimeout",   "bufferSize",      "resetThrottle",    "referenceThrottle",
    "maxMessageSize",   "maxHeaderSize",   "maxConnections",   "maxConnectionsPerAddress",
    "maxSubscriptions", "maxPendingBytes", "handshakeTimeout", "keepAliveTimeout",
    "pingInterval",     "pingTimeout",     "unsubscribeDelay", "threads"};

template <typename Names>
void expect_default(const Names& names, std::string_view value) {
    for (const std::string_view name : names) {
        EXPECT_EQ(parsed("{\"" + std::string(name) + "\":" + std::string(value) + "}"), Settings())
            << name;
    }
}

template <typename Names>
void expect_refused(const Names& names, std::initializer_list<const char*> values,
                    std::string_view expected) {
    for (const std::string_view name : names) {
        for (const char* value : values) {
            EXPECT_EQ(failure("{\"" + std::string(name) + "\":" + value + "}"),
                      "property " + std::string(name) + " must be " + std::string(expected))
                << value;
        }
    }
}

TEST(ConfigText, TakesNullForTheDefault) {  // [CONF-22]
    expect_default(strings, "null");
    expect_default(optional_strings, "null");
    expect_default(booleans, "null");
    expect_default(ports, "null");
    expect_default(integers, "null");
    expect_default(std::array{"natsRootCAs"}, "null");
}

TEST(ConfigText, TakesEmptyAndZeroForTheDefaultWhereTheTableSaysSo) {  // [CONF-22]
    expect_default(strings, "\"\"");
    expect_default(ports, "0");
    expect_default(std::array{"requestTimeout", "bufferSize"}, "0");
    expect_default(std::array{"natsRootCAs"}, "[]");

    EXPECT_EQ(parsed(R"({"addr":""})").addr, "");
    EXPECT_EQ(parsed(R"({"headerAuth":""})").header_auth, "");
    EXPECT_EQ(parsed(R"({"wsHeaderAuth":""})").ws_header_auth, "");
    EXPECT_EQ(parsed(R"({"putMethod":""})").put_method, "");
    EXPECT_EQ(parsed(R"({"deleteMethod":""})").delete_method, "");
    EXPECT_EQ(parsed(R"({"patchMethod":""})").patch_method, "");
    EXPECT_EQ(parsed(R"({"allowOrigin":""})").allow_origin, "");
    EXPECT_EQ(parsed(R"({"maxMessageSize":0})").max_message_size, 0);
    EXPECT_EQ(parsed(R"({"maxHeaderSize":0})").max_header_size, 0);
    EXPECT_EQ(parsed(R"({"maxPendingBytes":0})").max_pending_bytes, 0);
    EXPECT_EQ(parsed(R"({"handshakeTimeout":0})").handshake_timeout, 0);
    EXPECT_EQ(parsed(R"({"keepAliveTimeout":0})").keep_alive_timeout, 0);
    EXPECT_EQ(parsed(R"({"pingInterval":0})").ping_interval, 0);
    EXPECT_EQ(parsed(R"({"pingTimeout":0})").ping_timeout, 0);
    EXPECT_EQ(parsed(R"({"unsubscribeDelay":0})").unsubscribe_delay, 0);
}

TEST(ConfigText, RefusesWrongTypes) {  // [CONF-24]
    expect_refused(strings, {"1", "true", "[]", "{}", "[\"a\"]"}, "a string");
    expect_refused(optional_strings, {"1", "true", "[]", "{}"}, "a string");
    expect_refused(booleans, {"0", "1", "\"true\"", "[]", "{}"}, "a boolean");
    expect_refused(std::array{"natsRootCAs"},
                   {"\"a\"", "[1]", "[\"a\",null]", "{}", "{\"a\":\"b\"}"}, "an array of strings");
    expect_refused(ports,
                   {"\"8080\"", "70000", "65536", "-1", "8080.5", "8080.0", "8e3", "true", "[]",
                    "99999999999999999999"},
                   "an integer from 0 to 65535");
}

TEST(ConfigText, TakesIntegerLiteralsOnly) {  // [CONF-22], [JSN-7]
    expect_refused(integers,
                   {"\"1\"", "1.0", "1e0", "1.5", "true", "[]", "{}", "9223372036854775808",
                    "18446744073709551616", "-9223372036854775809"},
                   "an integer");
    EXPECT_EQ(parsed(R"({"threads":9223372036854775807})").threads, 9223372036854775807);
    EXPECT_EQ(parsed(R"({"threads":-1})").threads, -1);
    EXPECT_EQ(parsed(R"({"port":65535})").port, 65535);
}

TEST(ConfigText, AcceptsBothNamesOfTheTlsFiles) {  // [CONF-23]
    EXPECT_EQ(parsed(R"({"tlsCert":"a","tlsKey":"b"})").cert_file, "a");
    EXPECT_EQ(parsed(R"({"tlsCert":"a","tlsKey":"b"})").key_file, "b");
    EXPECT_EQ(parsed(R"({"certFile":"a","tlsCert":"b"})").cert_file, "a");
    EXPECT_EQ(parsed(R"({"tlsKey":"b","keyFile":"a"})").key_file, "a");
    EXPECT_EQ(parsed(R"({"certFile":"","tlsCert":"b"})").cert_file, "b");
    EXPECT_EQ(parsed(R"({"keyFile":null,"tlsKey":"b"})").key_file, "b");
    EXPECT_EQ(parsed(R"({"certFile":"a","tlsCert":""})").cert_file, "a");
}

TEST(ConfigText, IsWrittenByteForByteAsSpecified) {  // [CONF-26]
    EXPECT_EQ(format_config(Settings()), R"({
	"natsUrl": "nats://127.0.0.1:4222",
	"natsCreds": "",
	"natsCert": "",
	"natsKey": "",
	"natsRootCAs": [],
	"requestTimeout": 3000,
	"bufferSize": 8192,
	"debug": false,
	"trace": false,
	"addr": "0.0.0.0",
	"port": 8080,
	"wsPath": "/",
	"apiPath": "/api",
	"metricsPort": 0,
	"apiEncoding": "json",
	"headerAuth": null,
	"wsHeaderAuth": null,
	"allowOrigin": "*",
	"putMethod": null,
	"deleteMethod": null,
	"patchMethod": null,
	"tls": false,
	"certFile": "",
	"keyFile": "",
	"wsCompression": false,
	"resetThrottle": 0,
	"referenceThrottle": 0,
	"maxMessageSize": 1048576,
	"maxHeaderSize": 16384,
	"maxConnections": 0,
	"maxConnectionsPerAddress": 0,
	"maxSubscriptions": 0,
	"maxPendingBytes": 16777216,
	"handshakeTimeout": 10000,
	"keepAliveTimeout": 60000,
	"pingInterval": 30000,
	"pingTimeout": 10000,
	"unsubscribeDelay": 5000,
	"threads": 0
})");
}

TEST(ConfigText, IndentsListsAndEscapesTexts) {  // [CONF-26]
    Settings settings;
    settings.nats_root_cas = {"a", "b"};
    settings.header_auth = "a\"\n\xff";
    const std::string text = format_config(settings);
    EXPECT_THAT(text, HasSubstr("\t\"natsRootCAs\": [\n\t\t\"a\",\n\t\t\"b\"\n\t],\n"));
    EXPECT_THAT(text, HasSubstr("\t\"headerAuth\": \"a\\\"\\n\xef\xbf\xbd\",\n"));
}

}  // namespace
}  // namespace resgate::ops
