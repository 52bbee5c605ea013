#include "net/certificate.h"

#include <filesystem>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "support/certificates.h"
#include "support/simulated_timers.h"
#include "support/temporary_directory.h"

namespace resgate::net {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::Identity;

class LogLines final : public Log {
  public:
    bool enabled(LogLevel) const override { return true; }

    void write(LogLevel level, std::string_view text) override {
        (level == LogLevel::error ? errors : others).emplace_back(text);
    }

    std::vector<std::string> errors;
    std::vector<std::string> others;
};

struct CertificateTest : testing::Test {
    static Identity fresh() { return test::CertificateAuthority().issue("DNS:localhost"); }

    /// Overwrites both files in place.
    void write(const Identity& identity) const {
        directory.write("certificate", identity.certificate);
        directory.write("key", identity.key);
    }

    void start() {
        write(fresh());
        ASSERT_EQ(certificate.load(), std::nullopt);
        certificate.watch([this] { ++replaced; });
    }

    test::TemporaryDirectory directory;
    test::SimulatedTimers timers;
    LogLines log;
    Certificate certificate{directory.path("certificate"), directory.path("key"), timers, log};
    int replaced = 0;
};

TEST_F(CertificateTest, IsNotReadAgainWithoutAChange) {
    start();
    const TlsServerContextPtr before = certificate.current();
    timers.advance(1min);
    EXPECT_EQ(replaced, 0);
    EXPECT_EQ(certificate.current(), before);
    EXPECT_TRUE(log.errors.empty() && log.others.empty());
}

// [OPS-15]
TEST_F(CertificateTest, IsReadAgainOnceAfterItWasOverwritten) {
    start();
    const TlsServerContextPtr before = certificate.current();
    write(fresh());
    timers.advance(1min);
    EXPECT_EQ(replaced, 1);
    EXPECT_NE(certificate.current(), before);
    EXPECT_EQ(log.others, std::vector{"Certificate replaced: " + directory.path("certificate")});
    EXPECT_TRUE(log.errors.empty());
}

TEST_F(CertificateTest, IsReadAgainAfterFilesWereRenamedOntoIt) {
    start();
    const Identity next = fresh();
    fs::rename(directory.write("new", next.certificate), directory.path("certificate"));
    fs::rename(directory.write("new", next.key), directory.path("key"));
    timers.advance(1min);
    EXPECT_EQ(replaced, 1);
}

// As Kubernetes does it: the names are links into a directory that is itself behind a link, and
// only that one is ever replaced.
TEST_F(CertificateTest, IsReadAgainAfterALinkOnTheWayWasReplaced) {
    const auto publish = [this](const std::string& name) {
        const Identity identity = fresh();
        fs::create_directory(directory.path(name));
        directory.write(name + "/certificate", identity.certificate);
        directory.write(name + "/key", identity.key);
        fs::create_directory_symlink(name, directory.path("..data_tmp"));
        fs::rename(directory.path("..data_tmp"), directory.path("..data"));
    };
    publish("..1");
    fs::create_symlink("..data/certificate", directory.path("certificate"));
    fs::create_symlink("..data/key", directory.path("key"));
    ASSERT_EQ(certificate.load(), std::nullopt);
    certificate.watch([this] { ++replaced; });
    timers.advance(10s);
    publish("..2");
    fs::remove_all(directory.path("..1"));
    timers.advance(10s);
    EXPECT_EQ(replaced, 1);
    EXPECT_TRUE(log.errors.empty());
}

TEST_F(CertificateTest, IsNotReadWhileFilesAreBeingWritten) {
    start();
    const Identity next = fresh();
    directory.write("certificate", next.certificate.substr(0, 100));
    timers.advance(1s);
    directory.write("certificate", next.certificate);
    timers.advance(1s);
    directory.write("key", next.key);
    timers.advance(1s);
    EXPECT_EQ(replaced, 0);
    timers.advance(1s);
    EXPECT_EQ(replaced, 1);
    EXPECT_TRUE(log.errors.empty());
}

// [OPS-15]
TEST_F(CertificateTest, StaysInUseWhileTheNewPairIsBroken) {
    start();
    const TlsServerContextPtr before = certificate.current();
    const Identity next = fresh();
    directory.write("certificate", next.certificate);
    timers.advance(1min);
    fs::remove(directory.path("key"));
    timers.advance(1min);
    const std::string in_use = "Certificate not replaced, the old one stays in use: ";
    EXPECT_EQ(log.errors, (std::vector{in_use + "tls: private key does not match public key",
                                       in_use + "open " + directory.path("key") +
                                           ": no such file or directory"}));
    EXPECT_EQ(replaced, 0);
    EXPECT_EQ(certificate.current(), before);
    directory.write("key", next.key);
    timers.advance(1min);
    EXPECT_EQ(replaced, 1);
    EXPECT_EQ(log.errors.size(), 2U);
}

TEST_F(CertificateTest, IsNotLookedAtAfterTheStop) {
    start();
    certificate.stop();
    certificate.stop();
    write(fresh());
    EXPECT_EQ(timers.advance(1min), 0U);
    EXPECT_EQ(replaced, 0);
}

}  // namespace
}  // namespace resgate::net
