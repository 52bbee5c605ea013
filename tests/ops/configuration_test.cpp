#include "ops/configuration.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/config_text.h"
#include "ops/options.h"
#include "support/temporary_directory.h"

namespace resgate::ops {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr auto deprecated_5 =
    "[DEPRECATED] Request timeout should be in milliseconds.\n"
    "Change your requestTimeout from 5 to 5000, and you won't be bothered anymore.\n";

/// One start of the program, up to where it would connect.
struct Start {
    std::ostringstream out;
    std::ostringstream err;
    Result<Settings, ExitStatus> result;

    explicit Start(const std::vector<std::string>& arguments) : result(run(arguments)) {}

    Result<Settings, ExitStatus> run(const std::vector<std::string>& arguments) {
        std::vector<const char*> pointers;
        for (const std::string& each : arguments) {
            pointers.push_back(each.c_str());
        }
        return load_configuration(pointers, out, err);
    }

    void expect_refused(ExitStatus status, const std::string& text) const {
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error(), status);
        EXPECT_EQ(err.str(), text);
        EXPECT_EQ(out.str(), "");
    }

    Settings settings() const {
        EXPECT_TRUE(result.ok()) << err.str();
        return result.ok() ? *result : Settings();
    }
};

TEST(Configuration, IsSilentWithoutArguments) {
    const Start start({});
    EXPECT_EQ(start.settings(), Settings());
    EXPECT_EQ(start.out.str(), "");
    EXPECT_EQ(start.err.str(), "");
}

TEST(Configuration, EndsAtSyntaxErrorsWithStatus2) {  // [CONF-7], [DEC-1], [OPS-24], [OPS-25]
    Start({"--nope", "-h"})
        .expect_refused(ExitStatus::usage,
                        "flag provided but not defined: -nope\nTry 'resgate --help'.\n");
    Start({"-h", "-v", "-p", "70000"})
        .expect_refused(ExitStatus::usage,
                        "Invalid port \"70000\": must be less than 65536\nTry 'resgate --help'.\n");
    EXPECT_EQ(static_cast<int>(ExitStatus::usage), 2);
}

TEST(Configuration, PrintsHelpOnStdout) {  // [CONF-12]
    for (const auto& arguments : {std::vector<std::string>{"-h"}, {"-v", "--help"}}) {
        const Start start(arguments);
        ASSERT_FALSE(start.result.ok());
        EXPECT_EQ(start.result.error(), ExitStatus::success);
        EXPECT_EQ(start.out.str(), help_text());
        EXPECT_EQ(start.err.str(), "");
    }
}

TEST(Configuration, PrintsVersionsOnStdout) {  // [CONF-13]
    const Start start({"-v"});
    ASSERT_FALSE(start.result.ok());
    EXPECT_EQ(start.result.error(), ExitStatus::success);
    EXPECT_THAT(start.out.str(),
                testing::MatchesRegex("resgate  v[0-9]+\\.[0-9]+\\.[0-9]+\nprotocol v1\\.2\\.3\n"));
    EXPECT_EQ(start.err.str(), "");
}

TEST(Configuration, TouchesNoFileForHelpVersionAndSyntaxErrors) {  // [CONF-14]
    const test::TemporaryDirectory directory;
    const std::string path = directory.path("c");
    Start({"-c", path, "-h"});
    Start({"-c", path, "-v"});
    Start({"-c", path, "--nope"});
    Start({"-c", path, "-p", "70000"});
    EXPECT_FALSE(directory.contains("c"));

    const std::string broken = directory.write("broken", "{");
    EXPECT_EQ(Start({"-c", broken, "-h"}).result.error(), ExitStatus::success);
    EXPECT_EQ(Start({"-c", broken, "-v"}).result.error(), ExitStatus::success);
}

TEST(Configuration, PrefersCommandLineToFileToDefault) {  // [CONF-30]
    const test::TemporaryDirectory directory;
    const std::string path = directory.write("c", R"({"port":81,"wsPath":"/file"})");
    const Settings settings = Start({"--port", "82", "-c", path}).settings();
    EXPECT_EQ(settings.port, 82);
    EXPECT_EQ(settings.ws_path, "/file");
    EXPECT_EQ(settings.api_path, "/api");
    EXPECT_EQ(directory.read("c"), R"({"port":81,"wsPath":"/file"})");  // [CONF-27]
}

TEST(Configuration, DoesNotDuplicateLists) {  // [CONF-35]
    const test::TemporaryDirectory directory;
    const std::string path = directory.write("c", "{}");
    EXPECT_EQ(Start({"-c", path, "--alloworigin", "*"}).settings().allow_origin, "*");
}

TEST(Configuration, EndsAtFaultsOfTheFileWithStatus1) {  // [CONF-24]
    const test::TemporaryDirectory directory;
    Start({"-c", directory.write("c", R"({"tls":1})")})
        .expect_refused(ExitStatus::failure,
                        "Error parsing config file: property tls must be a boolean\n");
    const Start unreadable({"-c", directory.path("")});
    ASSERT_FALSE(unreadable.result.ok());
    EXPECT_EQ(unreadable.result.error(), ExitStatus::failure);
    EXPECT_THAT(unreadable.err.str(), StartsWith("Error loading config file: "));
    EXPECT_EQ(static_cast<int>(ExitStatus::failure), 1);
}

TEST(Configuration, CreatesTheFileWithTheEffectiveSettings) {  // [CONF-25], [CONF-26]
    const test::TemporaryDirectory directory;
    EXPECT_EQ(Start({"-c", directory.path("a")}).settings(), Settings());
    EXPECT_EQ(directory.read("a"), format_config(Settings()));

    const Settings settings =
        Start({"-c", directory.path("b"), "-p", "81", "-i", "", "--threads", "2"}).settings();
    EXPECT_EQ(directory.read("b"), format_config(settings));
    EXPECT_THAT(directory.read("b"), HasSubstr("\t\"addr\": \"\",\n\t\"port\": 81,\n"));
}

TEST(Configuration, StartsThoughTheFileCannotBeCreated) {  // [CONF-25]
    const test::TemporaryDirectory directory;
    const Start start({"-c", directory.path("missing/c"), "-p", "81"});
    EXPECT_EQ(start.settings().port, 81);
    EXPECT_EQ(start.err.str(), "");
}

TEST(Configuration, CreatesTheFileBeforeValidationWithTheTimeoutAsGiven) {  // [CONF-25]
    const test::TemporaryDirectory directory;
    Start({"-c", directory.path("c"), "-r", "5", "-i", "localhost"})
        .expect_refused(ExitStatus::failure,
                        std::string(deprecated_5) +
                            "Failed to initialize server: invalid addr setting (localhost)\n"
                            "\tmust be a valid IPv4 or IPv6 address\n");
    EXPECT_THAT(directory.read("c"), HasSubstr("\"requestTimeout\": 5,"));
    EXPECT_THAT(directory.read("c"), HasSubstr("\"addr\": \"localhost\","));
}

TEST(Configuration, TakesAFileNameThatIsEmptyForNone) {
    EXPECT_EQ(Start({"-c", ""}).settings(), Settings());
}

TEST(Configuration, TakesASmallTimeoutForSeconds) {  // [CONF-38]
    const Start start({"-r", "5"});
    EXPECT_EQ(start.settings().request_timeout, 5000);
    EXPECT_EQ(start.err.str(), deprecated_5);
    EXPECT_EQ(Start({"-r", "10"}).settings().request_timeout, 10000);

    const Start eleven({"-r", "11"});
    EXPECT_EQ(eleven.settings().request_timeout, 11);
    EXPECT_EQ(eleven.err.str(), "");

    const Start zero({"-r", "0"});
    EXPECT_EQ(zero.settings().request_timeout, 3000);
    EXPECT_EQ(zero.err.str(), "");

    const test::TemporaryDirectory directory;
    const std::string path = directory.write("c", R"({"requestTimeout":3})");
    EXPECT_EQ(Start({"-c", path}).settings().request_timeout, 3000);
    const Start overridden({"-c", path, "-r", "4000"});
    EXPECT_EQ(overridden.settings().request_timeout, 4000);
    EXPECT_EQ(overridden.err.str(), "");
}

TEST(Configuration, RefusesANegativeTimeout) {  // [CONF-38]
    Start({"-r", "-1"})
        .expect_refused(ExitStatus::failure,
                        "Failed to initialize server: invalid requestTimeout setting (-1)\n");
}

TEST(Configuration, RefusesWhatFailsValidation) {  // [CONF-40], [CONF-51]
    Start({"--threads", "1025"})
        .expect_refused(ExitStatus::failure,
                        "Failed to initialize server: invalid threads setting (1025)\n"
                        "\tmust be an integer from 0 to 1024\n");
    const test::TemporaryDirectory directory;
    Start({"-c", directory.write("c", R"({"pingTimeout":2147483648})")})
        .expect_refused(ExitStatus::failure,
                        "Failed to initialize server: invalid pingTimeout setting (2147483648)\n"
                        "\tmust be an integer from 0 to 2147483647\n");
}

}  // namespace
}  // namespace resgate::ops
