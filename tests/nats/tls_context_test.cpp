#include "nats/tls_context.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/certificates.h"
#include "support/temporary_directory.h"

namespace resgate::nats {
namespace {

class TlsContextTest : public testing::Test {
  protected:
    test::TemporaryDirectory directory_;
    test::CertificateAuthority ca_;
    test::Identity identity_ = ca_.issue("");
    std::string ca_file_ = directory_.write("ca.pem", ca_.certificate());
    std::string certificate_file_ = directory_.write("certificate.pem", identity_.certificate);
    std::string key_file_ = directory_.write("key.pem", identity_.key);
    std::string missing_ = directory_.path("missing");

    static std::string failure(const TlsOptions& options) {
        const auto context = TlsContext::load(options);
        return context ? "no failure" : context.error();
    }
};

TEST_F(TlsContextTest, LoadsWhatItIsGiven) {  // [OPS-44], [OPS-45]
    EXPECT_EQ(failure({}), "no failure");
    EXPECT_EQ(failure({certificate_file_, key_file_, {}}), "no failure");
    EXPECT_EQ(failure({certificate_file_, key_file_, {ca_file_, ca_file_}}), "no failure");
}

TEST_F(TlsContextTest, IsWantedByAnyOption) {
    EXPECT_FALSE(TlsOptions().any());
    EXPECT_TRUE((TlsOptions{"x", "", {}}.any()));
    EXPECT_TRUE((TlsOptions{"", "x", {}}.any()));
    EXPECT_TRUE((TlsOptions{"", "", {""}}.any()));
}

TEST_F(TlsContextTest, WantsCertificateAndKeyTogether) {  // [OPS-44]
    EXPECT_EQ(failure({certificate_file_, "", {missing_}}), "missing --natskey file option");
    EXPECT_EQ(failure({"", key_file_, {missing_}}), "missing --natscert file option");
}

TEST_F(TlsContextTest, SaysWhyTheClientCertificateIsOfNoUse) {  // [OPS-44]
    const std::string prefix = "nats: error loading client certificate: ";
    EXPECT_EQ(failure({missing_, key_file_, {}}),
              prefix + "open " + missing_ + ": no such file or directory");
    EXPECT_EQ(failure({certificate_file_, missing_, {}}),
              prefix + "open " + missing_ + ": no such file or directory");
    EXPECT_EQ(failure({key_file_, key_file_, {}}), prefix + key_file_ + ": no start line");
    EXPECT_TRUE(failure({certificate_file_, certificate_file_, {}})
                    .starts_with(prefix + certificate_file_ + ": "));
    const std::string other_key = directory_.write("other.pem", ca_.issue("").key);
    EXPECT_EQ(failure({certificate_file_, other_key, {}}),
              prefix + other_key + ": key values mismatch");
}

TEST_F(TlsContextTest, AsksNobodyForAPassphrase) {  // [OPS-8]
    BIO* bio = BIO_new_mem_buf(identity_.key.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    const std::string path = directory_.path("encrypted.pem");
    bio = BIO_new_file(path.c_str(), "w");
    ASSERT_EQ(
        PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr),
        1);
    BIO_free(bio);
    EVP_PKEY_free(key);
    // A terminal is what OpenSSL would ask, and then wait at.
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
        const std::string reason = failure({certificate_file_, path, {}});
        ::_exit(reason.starts_with("nats: error loading client certificate: " + path) ? 0 : 1);
    }
    std::string asked(100, '\0');
    const ssize_t size = ::read(terminal, asked.data(), asked.size());  // fails at its end
    EXPECT_LE(size, 0) << asked;
    ::close(terminal);  // ends a child that waits
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_F(TlsContextTest, SaysWhichCaFileIsOfNoUse) {  // [OPS-45]
    EXPECT_EQ(failure({"", "", {ca_file_, missing_}}),
              "nats: error loading or parsing rootCA file: open " + missing_ +
                  ": no such file or directory");
    const std::string empty = directory_.write("empty.pem", "");
    EXPECT_EQ(failure({"", "", {ca_file_, empty}}),
              "nats: failed to parse root certificate from \"" + empty + "\"");
    EXPECT_EQ(failure({"", "", {key_file_}}),
              "nats: failed to parse root certificate from \"" + key_file_ + "\"");
}

TEST_F(TlsContextTest, TakesEveryCertificateOfACaFile) {  // [OPS-45]
    const std::string text = "What this is for\n" + test::CertificateAuthority("A").certificate() +
                             identity_.key + "and so on\n" + ca_.certificate();
    EXPECT_EQ(failure({"", "", {directory_.write("several.pem", text)}}), "no failure");
}

}  // namespace
}  // namespace resgate::nats
