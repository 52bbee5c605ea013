#include "ops/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ops/config_text.h"
#include "support/temporary_directory.h"

namespace resgate::ops {
namespace {

TEST(ConfigFile, IsRead) {
    const test::TemporaryDirectory directory;
    const auto settings = read_config_file(directory.write("c", "{\"port\":81}"));
    ASSERT_TRUE(settings.ok());
    ASSERT_TRUE(settings->has_value());
    EXPECT_EQ((*settings)->port, 81);
}

TEST(ConfigFile, MayBeLongerThanOneRead) {
    const test::TemporaryDirectory directory;
    const std::string padding(100000, ' ');
    const auto settings =
        read_config_file(directory.write("c", "{" + padding + "\"port\":81" + padding + "}"));
    ASSERT_TRUE(settings.ok());
    EXPECT_EQ((*settings)->port, 81);
}

TEST(ConfigFile, MayBeMissing) {
    const test::TemporaryDirectory directory;
    for (const char* name : {"missing", "missing/too"}) {
        const auto settings = read_config_file(directory.path(name));
        ASSERT_TRUE(settings.ok());
        EXPECT_FALSE(settings->has_value());
    }
}

TEST(ConfigFile, ThatCannotBeReadIsAnError) {  // [CONF-24]
    const test::TemporaryDirectory directory;
    const auto unreadable = read_config_file(directory.path(""));
    ASSERT_FALSE(unreadable.ok());
    EXPECT_THAT(unreadable.error(), testing::StartsWith("Error loading config file: "));

    directory.write("file", "{}");
    const auto below = read_config_file(directory.path("file/below"));
    ASSERT_FALSE(below.ok());
    EXPECT_THAT(below.error(), testing::StartsWith("Error loading config file: "));
}

TEST(ConfigFile, ThatIsNoConfigurationIsAnError) {  // [CONF-24]
    const test::TemporaryDirectory directory;
    EXPECT_EQ(read_config_file(directory.write("a", "{\"port\":\"8080\"}")).error(),
              "Error parsing config file: property port must be an integer from 0 to 65535");
    EXPECT_THAT(read_config_file(directory.write("b", "{")).error(),
                testing::StartsWith("Error parsing config file: "));
}

TEST(ConfigFile, IsCreatedWithTheModeTheUmaskLeaves) {  // [CONF-25]
    const test::TemporaryDirectory directory;
    for (const mode_t mask : {mode_t{0}, mode_t{027}}) {
        const std::string path = directory.path("c" + std::to_string(mask));
        const mode_t before = ::umask(mask);
        create_config_file(path, Settings());
        ::umask(before);
        struct stat status{};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0664u & ~mask);
    }
    EXPECT_EQ(directory.read("c0"), format_config(Settings()));
}

TEST(ConfigFile, IsNeverRewritten) {  // [CONF-27]
    const test::TemporaryDirectory directory;
    create_config_file(directory.write("c", "{}"), Settings());
    EXPECT_EQ(directory.read("c"), "{}");
}

TEST(ConfigFile, ThatCannotBeCreatedIsIgnored) {  // [CONF-25]
    const test::TemporaryDirectory directory;
    create_config_file(directory.path("missing/c"), Settings());
    EXPECT_FALSE(directory.contains("missing"));
}

}  // namespace
}  // namespace resgate::ops
