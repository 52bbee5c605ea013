#include "base/secret.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resgate {
namespace {

Secret secret_of(std::string_view text) {
    Secret secret(text.size());
    std::copy(text.begin(), text.end(), secret.data());
    return secret;
}

TEST(Secret, LeavesNothingBehindWhereItWasMovedFrom) {
    for (const std::string& text : {std::string("short"), std::string(100, 'x')}) {
        Secret from = secret_of(text);
        const char* place = from.data();
        Secret to = std::move(from);
        EXPECT_EQ(to.view(), text);
        EXPECT_EQ(from.view(), "");
        if (to.data() != place) {
            EXPECT_EQ(std::count(place, place + text.size(), '\0'),
                      static_cast<std::ptrdiff_t>(text.size()));
        }
    }
}

TEST(Secret, IsWipedBeforeItTakesAnother) {
    Secret secret = secret_of(std::string(100, 'x'));
    Secret other = secret_of("other");
    secret = std::move(other);
    EXPECT_EQ(secret.view(), "other");
}

TEST(Secret, IsWipedWhereItIsCutOff) {
    Secret secret = secret_of("to stay, to go");
    secret.shrink(7);
    EXPECT_EQ(secret.view(), "to stay");
    EXPECT_EQ(std::string_view(secret.data() + 8, 6), std::string_view("\0\0\0\0\0\0", 6));
}

TEST(SecretFile, IsReadWhole) {
    const test::TemporaryDirectory directory;
    for (const std::size_t size : {0UL, 1UL, 15UL, 4096UL, 100000UL, max_secret_file_size}) {
        const std::string text(size, 'x');
        const auto secret = read_secret_file(directory.write("file", text));
        ASSERT_TRUE(secret) << secret.error();
        EXPECT_TRUE(secret->view() == text);
    }
    const auto from_pipe = read_secret_file("/proc/self/comm");  // says that it is empty
    ASSERT_TRUE(from_pipe) << from_pipe.error();
    EXPECT_EQ(from_pipe->view(), "test_base\n");
}

TEST(SecretFile, IsRefusedIfItIsTooLarge) {
    const test::TemporaryDirectory directory;
    const auto secret =
        read_secret_file(directory.write("file", std::string(max_secret_file_size + 1, 'x')));
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error(), "read " + directory.path("file") + ": file too large");
}

}  // namespace
}  // namespace resgate
