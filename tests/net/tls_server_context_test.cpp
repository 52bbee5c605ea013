#include "net/tls_server_context.h"

#include <gtest/gtest.h>

#include "support/certificates.h"
#include "support/temporary_directory.h"

namespace resgate::net {
namespace {

using test::CertificateAuthority;
using test::Identity;
using test::KeyKind;

Identity identity(KeyKind kind = KeyKind::ec) {
    return CertificateAuthority().issue("", std::chrono::hours(1), "somebody", kind);
}

std::string failure_of(std::string_view certificate, std::string_view key) {
    const auto made = TlsServerContext::make(certificate, key);
    return made ? "" : made.error();
}

TEST(TlsServerContext, TakesCertificatesWithKeysOfEitherKind) {
    for (const KeyKind kind : {KeyKind::ec, KeyKind::rsa}) {
        const Identity own = identity(kind);
        EXPECT_EQ(failure_of(own.certificate, own.key), "");
        // Other blocks do not matter: one file may hold both.
        EXPECT_EQ(failure_of(own.key + own.certificate, own.certificate + own.key), "");
    }
}

// [OPS-6]: the reference's reasons
TEST(TlsServerContext, SaysWhatIsWrong) {
    const Identity own = identity();
    const Identity other = identity();
    const Identity rsa = identity(KeyKind::rsa);
    EXPECT_EQ(failure_of("garbage", own.key),
              "tls: failed to find any PEM data in certificate input");
    EXPECT_EQ(failure_of("", own.key), "tls: failed to find any PEM data in certificate input");
    EXPECT_EQ(failure_of(own.key, own.certificate),
              "tls: failed to find certificate PEM data in certificate input, but did find a "
              "private key; PEM inputs may have been switched");
    EXPECT_EQ(failure_of(own.certificate, "garbage"),
              "tls: failed to find any PEM data in key input");
    EXPECT_EQ(failure_of(own.certificate, own.certificate),
              "tls: found a certificate rather than a key in the PEM for the private key");
    EXPECT_EQ(failure_of(own.certificate, other.key), "tls: private key does not match public key");
    EXPECT_EQ(failure_of(own.certificate, rsa.key),
              "tls: private key type does not match public key type");
}

TEST(TlsServerContext, RefusesDamagedFiles) {
    const Identity own = identity();
    const std::string chain = own.certificate + identity().certificate;
    EXPECT_TRUE(failure_of(chain.substr(0, chain.size() - 60), own.key)
                    .starts_with("x509: malformed certificate"));
    EXPECT_TRUE(failure_of(own.certificate, own.key.substr(0, own.key.size() - 60))
                    .starts_with("tls: failed to parse private key"));
    // Every prefix of a certificate: never a crash, never accepted.
    for (std::size_t size = 0; size + 1 < own.certificate.size(); ++size) {
        EXPECT_NE(failure_of(own.certificate.substr(0, size), own.key), "") << size;
    }
}

// Nobody is there to type a password.
TEST(TlsServerContext, RefusesEncryptedKeysWithoutAsking) {
    const std::string encrypted =
        "-----BEGIN EC PRIVATE KEY-----\n"
        "Proc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n"
        "-----END EC PRIVATE KEY-----\n";
    EXPECT_TRUE(failure_of(identity().certificate, encrypted)
                    .starts_with("tls: failed to parse private key"));
}

// [OPS-6]
TEST(TlsServerContext, NamesFilesThatCannotBeRead) {
    const test::TemporaryDirectory directory;
    const Identity own = identity();
    const std::string certificate = directory.write("certificate", own.certificate);
    const std::string key = directory.write("key", own.key);
    const std::string missing = directory.path("missing");
    EXPECT_TRUE(TlsServerContext::load(certificate, key));
    const std::string reason = "open " + missing + ": no such file or directory";
    EXPECT_EQ(TlsServerContext::load(missing, missing + "2").error(), reason);
    EXPECT_EQ(TlsServerContext::load(certificate, missing).error(), reason);
    EXPECT_EQ(TlsServerContext::load("", "").error(), "open : no such file or directory");
}

}  // namespace
}  // namespace resgate::net
