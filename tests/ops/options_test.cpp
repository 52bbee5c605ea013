#include "ops/options.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/properties.h"

namespace resgate::ops {
namespace {

using testing::HasSubstr;

TEST(Options, AreThoseOfSection2) {
    const std::pair<std::string_view, std::string_view> names[] = {
        {"n", "nats"},
        {"i", "addr"},
        {"p", "port"},
        {"w", "wspath"},
        {"a", "apipath"},
        {"r", "reqtimeout"},
        {"u", "headauth"},
        {"t", "wsheadauth"},
        {"m", "metricsport"},
        {"", "apiencoding"},
        {"", "putmethod"},
        {"", "deletemethod"},
        {"", "patchmethod"},
        {"", "wscompression"},
        {"", "resetthrottle"},
        {"", "referencethrottle"},
        {"c", "config"},
        {"", "tls"},
        {"", "tlscert"},
        {"", "tlskey"},
        {"", "creds"},
        {"", "natscert"},
        {"", "natskey"},
        {"", "natsrootca"},
        {"", "alloworigin"},
        {"D", "debug"},
        {"V", "trace"},
        {"DV", ""},
        {"h", "help"},
        {"v", "version"},
        {"", "maxmessagesize"},
        {"", "maxheadersize"},
        {"", "maxconnections"},
        {"", "maxconnectionsperaddress"},
        {"", "maxsubscriptions"},
        {"", "maxpendingbytes"},
        {"", "handshaketimeout"},
        {"", "keepalivetimeout"},
        {"", "pinginterval"},
        {"", "pingtimeout"},
        {"", "unsubdelay"},
        {"", "threads"},
    };
    for (const auto& [short_name, long_name] : names) {
        const Option* option = find_option(long_name.empty() ? short_name : long_name);
        ASSERT_NE(option, nullptr) << long_name;
        EXPECT_EQ(option->short_name, short_name);
        EXPECT_EQ(option->long_name, long_name);
        if (!short_name.empty()) {
            EXPECT_EQ(find_option(short_name), option);
        }
    }
    EXPECT_EQ(options().size(), std::size(names));
}

TEST(Options, AreCaseSensitive) {  // [CONF-1]
    for (const char* name : {"P", "Port", "d", "dv", "H", "TLS", "buffersize"}) {
        EXPECT_EQ(find_option(name), nullptr) << name;
    }
}

TEST(Options, SetEveryPropertyButTheBufferSize) {
    std::multiset<std::string_view> set;
    for (const Option& each : options()) {
        if (!each.property.empty()) {
            set.insert(each.property);
        }
    }
    for (const Property& each : properties()) {
        EXPECT_EQ(set.count(each.name), each.name == "bufferSize" ? 0u : 1u) << each.name;
    }
}

TEST(HelpText, BeginsWithTheUsageAndHasTheGroups) {  // [CONF-15]
    const std::string help = help_text();
    EXPECT_TRUE(help.starts_with("Usage: resgate [options]\n"));
    std::size_t before = 0;
    for (const char* heading :
         {"\nServer\n", "\nSecurity\n", "\nLimits and tuning\n", "\nLogging\n", "\nCommon\n"}) {
        const std::size_t at = help.find(heading);
        ASSERT_NE(at, std::string::npos) << heading;
        EXPECT_GT(at, before);
        before = at;
    }
}

TEST(HelpText, ShowsEveryOptionWithNamesAndPlaceholder) {  // [CONF-15]
    const std::string help = help_text();
    for (const Option& each : options()) {
        std::string shown = "\n  ";
        if (each.short_name.empty()) {
            shown += "    --" + std::string(each.long_name);
        } else {
            shown += '-' + std::string(each.short_name);
            if (!each.long_name.empty()) {
                shown += ", --" + std::string(each.long_name);
            }
        }
        if (each.kind != OptionKind::flag) {
            EXPECT_FALSE(each.placeholder.empty()) << each.long_name;
            shown += ' ' + std::string(each.placeholder);
        }
        EXPECT_THAT(help, HasSubstr(shown));
        EXPECT_THAT(help, HasSubstr(std::string(each.description) + '\n'));
    }
    EXPECT_THAT(help, HasSubstr("  -p, --port <port>                port for HTTP"));
    EXPECT_THAT(help, HasSubstr("--maxconnectionsperaddress <n>\n"
                                "                                   client connections of one"));
}

TEST(HelpText, StatesTheDefaultsTheSettingsHave) {  // [CONF-15]
    const Settings defaults;
    for (const Option& each : options()) {
        if (each.kind == OptionKind::number) {
            const auto member = std::get<std::int64_t Settings::*>(property(each.property).member);
            EXPECT_THAT(std::string(each.description),
                        HasSubstr("(" + std::to_string(defaults.*member)));
        }
    }
    for (const auto& [name, value] : {std::pair("nats", defaults.nats_url),
                                      {"addr", *defaults.addr},
                                      {"port", std::to_string(defaults.port)},
                                      {"wspath", defaults.ws_path},
                                      {"apipath", api_path(defaults)},
                                      {"apiencoding", defaults.api_encoding},
                                      {"metricsport", std::string("off")},
                                      {"alloworigin", *defaults.allow_origin}}) {
        EXPECT_THAT(std::string(find_option(name)->description), HasSubstr("(" + value + ")"));
    }
}

}  // namespace
}  // namespace resgate::ops
