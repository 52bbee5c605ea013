#include "ops/command_line.h"

#include <initializer_list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resgate::ops {
namespace {

using testing::ElementsAre;

Result<CommandLine, std::string> parse(std::initializer_list<const char*> arguments) {
    return CommandLine::parse({arguments.begin(), arguments.size()});
}

/// The settings with these arguments laid over `settings`.
Settings applied(std::initializer_list<const char*> arguments, Settings settings = {}) {
    const auto line = parse(arguments);
    EXPECT_TRUE(line.ok()) << (line.ok() ? "" : line.error());
    if (line.ok()) {
        line->apply(settings);
    }
    return settings;
}

std::string failure(std::initializer_list<const char*> arguments) {
    const auto line = parse(arguments);
    EXPECT_FALSE(line.ok());
    return line.ok() ? "" : line.error();
}

TEST(CommandLine, TakesOneOrTwoDashesForEveryName) {  // [CONF-1]
    EXPECT_EQ(applied({"-p", "81"}).port, 81);
    EXPECT_EQ(applied({"--p", "81"}).port, 81);
    EXPECT_EQ(applied({"-port", "81"}).port, 81);
    EXPECT_EQ(applied({"--port=81"}).port, 81);
    EXPECT_EQ(applied({"-p=81"}).port, 81);
}

TEST(CommandLine, DoesNotBundle) {  // [CONF-1]
    EXPECT_EQ(failure({"-VD"}), "flag provided but not defined: -VD");
    EXPECT_EQ(failure({"-p81"}), "flag provided but not defined: -p81");
    EXPECT_EQ(failure({"-P", "81"}), "flag provided but not defined: -P");
}

TEST(CommandLine, TakesEverythingAfterTheFirstEqualsSign) {  // [CONF-2]
    EXPECT_EQ(applied({"--wspath=a=b"}).ws_path, "a=b");
    EXPECT_EQ(applied({"--wspath==b"}).ws_path, "=b");
    EXPECT_EQ(applied({"--addr="}).addr, "");
}

TEST(CommandLine, TakesTheNextArgumentEvenIfItBeginsWithADash) {  // [CONF-2]
    const Settings settings = applied({"-w", "-p", "--apipath", "--", "-D"});
    EXPECT_EQ(settings.ws_path, "-p");
    EXPECT_EQ(settings.api_path, "--");
    EXPECT_TRUE(settings.debug);
    EXPECT_EQ(settings.port, 8080);
}

TEST(CommandLine, ReadsBooleans) {  // [CONF-3]
    EXPECT_TRUE(applied({"--tls"}).tls);
    for (const char* yes :
         {"--tls=1", "--tls=t", "--tls=T", "--tls=true", "--tls=TRUE", "--tls=True"}) {
        EXPECT_TRUE(applied({yes}).tls) << yes;
    }
    Settings on;
    on.tls = true;
    for (const char* no :
         {"--tls=0", "--tls=f", "--tls=F", "--tls=false", "--tls=FALSE", "--tls=False"}) {
        EXPECT_FALSE(applied({no}, on).tls) << no;
    }
    for (const char* bad : {"", "tRUE", "yes", "2", " 1"}) {
        EXPECT_EQ(failure({("--tls=" + std::string(bad)).c_str()}),
                  "invalid boolean value \"" + std::string(bad) + "\" for -tls: parse error");
    }
}

TEST(CommandLine, LeavesTheArgumentAfterABooleanAlone) {  // [CONF-3]
    const Settings settings = applied({"--tls", "false", "-D"});
    EXPECT_TRUE(settings.tls);
    EXPECT_FALSE(settings.debug);
}

TEST(CommandLine, StopsAtTheFirstOperand) {  // [CONF-4]
    for (const char* operand : {"x", "-", "", "--", "x=y"}) {
        EXPECT_EQ(applied({"-p", "81", operand, "-p", "82", "--unknown", "---x"}).port, 81);
    }
    EXPECT_EQ(applied({""}), Settings());
    EXPECT_EQ(applied({}), Settings());
}

TEST(CommandLine, ReadsIntegersInAllBases) {  // [CONF-5]
    EXPECT_EQ(applied({"-p", "0x1F90"}).port, 8080);
    EXPECT_EQ(applied({"-p", "0b11"}).port, 3);
    EXPECT_EQ(applied({"-r", "+1_000"}).request_timeout, 1000);
    EXPECT_EQ(applied({"-r", "-5"}).request_timeout, -5);
    EXPECT_EQ(applied({"--resetthrottle", "010"}).reset_throttle, 8);
    EXPECT_EQ(applied({"--referencethrottle", "-1"}).reference_throttle, -1);
    EXPECT_EQ(applied({"--threads=-1"}).threads, -1);
    EXPECT_EQ(failure({"-p", "+81"}), "invalid value \"+81\" for flag -p: parse error");
    EXPECT_EQ(failure({"-m=-1"}), "invalid value \"-1\" for flag -m: parse error");
}

TEST(CommandLine, LetsTheLastValueWin) {  // [CONF-6]
    EXPECT_EQ(applied({"-p", "81", "--port", "82", "-p", "83"}).port, 83);
    EXPECT_FALSE(applied({"-D", "--debug=false"}).debug);
    EXPECT_EQ(applied({"-a", "x", "--apipath", ""}).api_path, "/api");
    EXPECT_EQ(applied({"-p", "81", "-p", "0"}).port, 8080);
}

TEST(CommandLine, CollectsLists) {  // [CONF-6], [CONF-34], [CONF-35]
    const Settings settings = applied({"--natsrootca", "a", "--alloworigin", "http://x;http://y",
                                       "--natsrootca=b", "--alloworigin=http://z"});
    EXPECT_THAT(settings.nats_root_cas, ElementsAre("a", "b"));
    EXPECT_EQ(settings.allow_origin, "http://x;http://y;http://z");
    EXPECT_EQ(applied({"--alloworigin", "*"}).allow_origin, "*");
}

TEST(CommandLine, ReplacesTheListsOfTheFile) {  // [CONF-34]
    Settings file;
    file.nats_root_cas = {"old"};
    file.allow_origin = "http://old";
    const Settings settings = applied({"--natsrootca", "a", "--alloworigin", "http://x"}, file);
    EXPECT_THAT(settings.nats_root_cas, ElementsAre("a"));
    EXPECT_EQ(settings.allow_origin, "http://x");
}

TEST(CommandLine, DescribesSyntaxErrors) {  // [CONF-7]
    EXPECT_EQ(failure({"--nope"}), "flag provided but not defined: -nope");
    EXPECT_EQ(failure({"-nope=1"}), "flag provided but not defined: -nope");
    EXPECT_EQ(failure({"-n"}), "flag needs an argument: -n");
    EXPECT_EQ(failure({"-D", "--nats"}), "flag needs an argument: -nats");
    EXPECT_EQ(failure({"--port", "x"}), "invalid value \"x\" for flag -port: parse error");
    EXPECT_EQ(failure({"--port="}), "invalid value \"\" for flag -port: parse error");
    EXPECT_EQ(failure({"-r=1.5"}), "invalid value \"1.5\" for flag -r: parse error");
    EXPECT_EQ(failure({"-r", "9223372036854775808"}),
              "invalid value \"9223372036854775808\" for flag -r: value out of range");
    EXPECT_EQ(failure({"-p", "18446744073709551616"}),
              "invalid value \"18446744073709551616\" for flag -p: value out of range");
    EXPECT_EQ(failure({"-D=maybe"}), "invalid boolean value \"maybe\" for -D: parse error");
    EXPECT_EQ(failure({"---x"}), "bad flag syntax: ---x");
    EXPECT_EQ(failure({"--=x"}), "bad flag syntax: --=x");
    EXPECT_EQ(failure({"-=x"}), "bad flag syntax: -=x");
}

TEST(CommandLine, ReportsTheFirstError) {  // [CONF-7]
    EXPECT_EQ(failure({"--first", "---x", "-p", "x"}), "flag provided but not defined: -first");
    EXPECT_EQ(failure({"-p", "70000", "-h", "--nope"}), "flag provided but not defined: -nope");
}

TEST(CommandLine, ChecksPortsAfterParsing) {  // [CONF-11]
    EXPECT_EQ(failure({"-p", "65536"}), "Invalid port \"65536\": must be less than 65536");
    EXPECT_EQ(failure({"-m", "18446744073709551615", "-h"}),
              "Invalid metrics port \"18446744073709551615\": must be less than 65536");
    EXPECT_EQ(failure({"-m", "70000", "-p", "80000", "-v"}),
              "Invalid port \"80000\": must be less than 65536");
    EXPECT_EQ(applied({"-p", "70000", "-p", "65535"}).port, 65535);
}

TEST(CommandLine, SwitchesBothLevelsOnWithDV) {  // [CONF-10]
    for (const char* argument : {"-DV", "--DV", "-DV=true", "-DV=false", "-DV=0"}) {
        const Settings settings = applied({argument, "-D=false", "-V=false"});
        EXPECT_TRUE(settings.debug) << argument;
        EXPECT_TRUE(settings.trace) << argument;
    }
    EXPECT_EQ(failure({"-DV=x"}), "invalid boolean value \"x\" for -DV: parse error");
}

TEST(CommandLine, KnowsHelpVersionAndConfigFile) {  // [CONF-12], [CONF-13], [CONF-20]
    const auto none = parse({"-h=false"});
    EXPECT_FALSE(none->help());
    EXPECT_FALSE(none->version());
    EXPECT_EQ(none->config_file(), "");
    EXPECT_TRUE(parse({"--help"})->help());
    EXPECT_TRUE(parse({"-version"})->version());
    EXPECT_EQ(parse({"-c", "a", "--config", "b"})->config_file(), "b");
}

TEST(CommandLine, SetsEveryProperty) {  // section 2
    const Settings settings = applied({"-n",
                                       "nats://h",
                                       "-i",
                                       "::1",
                                       "-p",
                                       "1",
                                       "-w",
                                       "/ws",
                                       "-a",
                                       "/rest",
                                       "-r",
                                       "2",
                                       "-u",
                                       "a.b",
                                       "-t",
                                       "c.d",
                                       "-m",
                                       "3",
                                       "--apiencoding",
                                       "jsonflat",
                                       "--putmethod",
                                       "put",
                                       "--deletemethod",
                                       "delete",
                                       "--patchmethod",
                                       "patch",
                                       "--wscompression",
                                       "--resetthrottle",
                                       "4",
                                       "--referencethrottle",
                                       "5",
                                       "--tls",
                                       "--tlscert",
                                       "tc",
                                       "--tlskey",
                                       "tk",
                                       "--creds",
                                       "c",
                                       "--natscert",
                                       "nc",
                                       "--natskey",
                                       "nk",
                                       "--natsrootca",
                                       "ca",
                                       "--alloworigin",
                                       "o",
                                       "-D",
                                       "-V",
                                       "--maxmessagesize",
                                       "11",
                                       "--maxheadersize",
                                       "12",
                                       "--maxconnections",
                                       "13",
                                       "--maxconnectionsperaddress",
                                       "14",
                                       "--maxsubscriptions",
                                       "15",
                                       "--maxpendingbytes",
                                       "16",
                                       "--handshaketimeout",
                                       "17",
                                       "--keepalivetimeout",
                                       "18",
                                       "--pinginterval",
                                       "19",
                                       "--pingtimeout",
                                       "20",
                                       "--unsubdelay",
                                       "21",
                                       "--threads",
                                       "22"});
    Settings expected;
    expected.nats_url = "nats://h";
    expected.addr = "::1";
    expected.port = 1;
    expected.ws_path = "/ws";
    expected.api_path = "/rest";
    expected.request_timeout = 2;
    expected.header_auth = "a.b";
    expected.ws_header_auth = "c.d";
    expected.metrics_port = 3;
    expected.api_encoding = "jsonflat";
    expected.put_method = "put";
    expected.delete_method = "delete";
    expected.patch_method = "patch";
    expected.ws_compression = true;
    expected.reset_throttle = 4;
    expected.reference_throttle = 5;
    expected.tls = true;
    expected.cert_file = "tc";
    expected.key_file = "tk";
    expected.nats_creds = "c";
    expected.nats_cert = "nc";
    expected.nats_key = "nk";
    expected.nats_root_cas = {"ca"};
    expected.allow_origin = "o";
    expected.debug = true;
    expected.trace = true;
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
}

TEST(CommandLine, LeavesAloneWhatIsNotGiven) {  // [CONF-30]
    Settings file;
    file.port = 81;
    file.debug = true;
    file.header_auth = "a.b";
    file.threads = 3;
    EXPECT_EQ(applied({"-h=false"}, file), file);
}

TEST(CommandLine, SwitchesOffOrBackWithAnEmptyValue) {  // [CONF-31]
    Settings file;
    file.nats_url = "nats://h";
    file.addr = "::1";
    file.ws_path = "/ws";
    file.api_path = "/rest";
    file.api_encoding = "jsonflat";
    file.header_auth = "a.b";
    file.ws_header_auth = "a.b";
    file.put_method = "a";
    file.delete_method = "a";
    file.patch_method = "a";
    file.cert_file = "a";
    file.allow_origin = "http://a";
    const Settings settings = applied(
        {"-n", "", "-i=", "-w", "", "-a=", "--apiencoding=", "-u", "", "-t=", "--putmethod=",
         "--deletemethod=", "--patchmethod=", "--tlscert=", "--alloworigin="},
        file);
    Settings expected;
    expected.addr = "";
    expected.allow_origin = "";
    EXPECT_EQ(settings, expected);
}

TEST(CommandLine, IgnoresPortZeroAndTakesTimeoutZeroForTheDefault) {  // [CONF-32]
    Settings file;
    file.port = 81;
    file.metrics_port = 82;
    file.request_timeout = 5000;
    const Settings settings = applied({"-p", "0", "-m", "0", "-r", "0"}, file);
    EXPECT_EQ(settings.port, 81);
    EXPECT_EQ(settings.metrics_port, 82);
    EXPECT_EQ(settings.request_timeout, 3000);
}

TEST(CommandLine, TakesZeroAsAValueInPart95) {  // [CONF-32]
    const Settings settings = applied(
        {"--maxmessagesize=0", "--maxheadersize=0", "--maxpendingbytes=0", "--handshaketimeout=0",
         "--keepalivetimeout=0", "--pinginterval=0", "--pingtimeout=0", "--unsubdelay=0"});
    Settings expected;
    expected.max_message_size = 0;
    expected.max_header_size = 0;
    expected.max_pending_bytes = 0;
    expected.handshake_timeout = 0;
    expected.keep_alive_timeout = 0;
    expected.ping_interval = 0;
    expected.ping_timeout = 0;
    expected.unsubscribe_delay = 0;
    EXPECT_EQ(settings, expected);
}

TEST(CommandLine, OverridesATrueInTheFile) {  // [CONF-33]
    Settings file;
    file.debug = file.trace = file.tls = file.ws_compression = true;
    EXPECT_EQ(applied({"-D=false", "-V=0", "--tls=false", "--wscompression=f"}, file), Settings());
}

}  // namespace
}  // namespace resgate::ops
