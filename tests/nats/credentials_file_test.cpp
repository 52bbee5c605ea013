#include "nats/credentials_file.h"

#include <gtest/gtest.h>

#include "nats/nkey.h"
#include "support/temporary_directory.h"

namespace resgate::nats {
namespace {

constexpr std::string_view jwt = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJVQSJ9.c2lnbmF0dXJl_-";
constexpr std::string_view seed = "SUAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YALCA";
constexpr std::string_view public_key = "UDLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRUVAL";

std::string jwt_section() {
    return "-----BEGIN NATS USER JWT-----\n" + std::string(jwt) +
           "\n------END NATS USER JWT------\n\n";
}

std::string seed_section(std::string_view value = seed) {
    return "************************* IMPORTANT *************************\n"
           "NKEY Seed printed below can be used to sign and prove identity.\n"
           "NKEYs are sensitive and should be treated as secrets.\n\n"
           "-----BEGIN USER NKEY SEED-----\n" +
           std::string(value) +
           "\n------END USER NKEY SEED------\n\n"
           "*************************************************************\n";
}

std::string with_crlf(const std::string& text) {
    std::string result;
    for (const char c : text) {
        result.append(c == '\n' ? "\r\n" : std::string(1, c));
    }
    return result;
}

void expect_found(const std::string& text, std::string_view expected_jwt) {
    const auto found = find_credentials(text);
    ASSERT_TRUE(found) << found.error() << " in " << text;
    EXPECT_EQ(found->jwt, expected_jwt) << text;
    EXPECT_EQ(found->seed, seed) << text;
}

TEST(CredentialsText, IsFoundInTheDecoratedForm) {  // [OPS-43]
    const std::string text = jwt_section() + seed_section();
    expect_found(text, jwt);
    expect_found(with_crlf(text), jwt);
    expect_found("  \n\t" + text, jwt);
    expect_found(seed_section() + jwt_section(), jwt);
}

TEST(CredentialsText, IsFoundOnLinesOfItsOwn) {
    expect_found(std::string(jwt) + "\n" + std::string(seed), jwt);
    expect_found("\n \t" + std::string(seed) + " \r\n  " + std::string(jwt) + "\t\n", jwt);
}

TEST(CredentialsText, MayHoldASeedAlone) {
    expect_found(std::string(seed), "");
    expect_found(std::string(seed) + "\n", "");
    expect_found(seed_section(), "");
}

TEST(CredentialsText, NeedsASeed) {
    for (const std::string& text :
         {std::string(), jwt_section(), std::string("Seed and S\n"), std::string("\n\n\n"),
          std::string("S\rU"), std::string(100000, '-')}) {
        const auto found = find_credentials(text);
        ASSERT_FALSE(found) << text;
        EXPECT_EQ(found.error(), "no nkey seed found");
    }
}

class CredentialsFileTest : public testing::Test {
  protected:
    test::TemporaryDirectory directory_;
    ServerInfo server_;

    CredentialsFileTest() { server_.nonce = "PXoWU7zWAMt75FY"; }

    Result<Credentials, std::string> credentials(std::string_view text) {
        return CredentialsFile(directory_.write("user.creds", text))
            .credentials(server_, {"user", "password", "token", "", "", ""});
    }

    std::string failure(std::string_view text) {
        const auto result = credentials(text);
        return result ? "no failure" : result.error();
    }

    std::string in_file(std::string_view reason) {
        return "nats: " + std::string(reason) + " in " + directory_.path("user.creds");
    }
};

TEST_F(CredentialsFileTest, SendsTheJwtAndSignsTheNonce) {  // [OPS-43]
    const auto result = credentials(jwt_section() + seed_section());
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(result->jwt, jwt);
    EXPECT_EQ(result->signature, UserKey::from_seed(seed)->sign(server_.nonce));
    EXPECT_EQ(result->nkey, "");
    EXPECT_EQ(result->user + result->password + result->token, "userpasswordtoken");
}

TEST_F(CredentialsFileTest, LogsInByKeyIfItHoldsASeedAlone) {
    const auto result = credentials(seed);
    ASSERT_TRUE(result) << result.error();
    EXPECT_EQ(result->jwt, "");
    EXPECT_EQ(result->nkey, public_key);
    EXPECT_EQ(result->signature, UserKey::from_seed(seed)->sign(server_.nonce));
}

TEST_F(CredentialsFileTest, SignsNothingIfTheServerOffersNothingToSign) {
    server_.nonce = "";
    EXPECT_EQ(credentials(jwt_section() + seed_section())->signature, "");
    EXPECT_EQ(credentials(seed)->nkey, "");
}

TEST_F(CredentialsFileTest, IsReadAnewEachTime) {
    CredentialsFile file(directory_.path("user.creds"));
    EXPECT_FALSE(file.credentials(server_, {}));
    directory_.write("user.creds", seed);
    EXPECT_TRUE(file.credentials(server_, {}));
}

TEST_F(CredentialsFileTest, SaysWhatIsWrongWithoutGivingAnythingAway) {  // [OPS-43], [NTX-2]
    EXPECT_EQ(failure(""), in_file("no nkey seed found"));
    EXPECT_EQ(failure(jwt_section()), in_file("no nkey seed found"));
    const std::string half(seed.substr(0, 40));
    EXPECT_EQ(failure(jwt_section() + seed_section(half)), in_file("invalid nkey seed"));
    EXPECT_EQ(failure("SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI"),
              in_file("the nkey seed is not that of a user"));
}

TEST_F(CredentialsFileTest, SaysWhyItCannotBeRead) {  // [OPS-43]
    const auto failure_of = [&](const std::string& path) {
        return CredentialsFile(path).credentials(server_, {}).error();
    };
    const std::string missing = directory_.path("missing");
    EXPECT_EQ(failure_of(missing), "nats: open " + missing + ": no such file or directory");
    const std::string folder = directory_.path("");
    EXPECT_EQ(failure_of(folder), "nats: read " + folder + ": is a directory");
    EXPECT_EQ(failure_of("/dev/zero"), "nats: read /dev/zero: file too large");
}

}  // namespace
}  // namespace resgate::nats
