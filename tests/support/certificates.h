#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace resgate::test {

/// A certificate and its key, both in PEM.
struct Identity {
    std::string certificate;
    std::string key;
};

enum class KeyKind { ec, rsa };

/// Issues certificates, made for the occasion.
class CertificateAuthority {
  public:
    /// Certified by `issuer`, or else by itself.
    explicit CertificateAuthority(const std::string& name = "Test CA",
                                  const CertificateAuthority* issuer = nullptr)
        : key_(new_key(KeyKind::ec)), certificate_(X509_new()) {
        fill(certificate_.get(), name, key_.get(), std::chrono::hours(1));
        add_extension(NID_basic_constraints, "critical,CA:TRUE");
        const CertificateAuthority& signer = issuer != nullptr ? *issuer : *this;
        check(X509_set_issuer_name(certificate_.get(),
                                   X509_get_subject_name(signer.certificate_.get())));
        check(X509_sign(certificate_.get(), signer.key_.get(), EVP_sha256()));
    }

    /// The CA's own certificate.
    std::string certificate() const { return pem(certificate_.get()); }

    /// `alternative_names` as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`; may be empty.
    /// Valid from an hour ago until `valid_for` from now.
    Identity issue(const std::string& alternative_names,
                   std::chrono::seconds valid_for = std::chrono::hours(1),
                   const std::string& common_name = "somebody", KeyKind kind = KeyKind::ec) const {
        const Key key = new_key(kind);
        const Certificate certificate(X509_new());
        fill(certificate.get(), common_name, key.get(), valid_for);
        if (!alternative_names.empty()) {
            add_extension(certificate.get(), NID_subject_alt_name, alternative_names);
        }
        check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get())));
        check(X509_sign(certificate.get(), key_.get(), EVP_sha256()));
        return {pem(certificate.get()), pem(key.get())};
    }

  private:
    struct Release {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

        void operator()(X509* certificate) const { X509_free(certificate); }

        void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }

        void operator()(BIO* bio) const { BIO_free(bio); }
    };

    using Key = std::unique_ptr<EVP_PKEY, Release>;
    using Certificate = std::unique_ptr<X509, Release>;
    using Bio = std::unique_ptr<BIO, Release>;

    static void check(int result) {
        if (result <= 0) {
            throw std::runtime_error("cannot make a certificate");
        }
    }

    static Key new_key(KeyKind kind) {
        return Key(kind == KeyKind::ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
    }

    static void fill(X509* certificate, const std::string& name, EVP_PKEY* key,
                     std::chrono::seconds valid_for) {
        static long serial = 0;
        check(X509_set_version(certificate, X509_VERSION_3));
        check(ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial));
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), valid_for.count());
        check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                         reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                                         -1, 0));
        check(X509_set_pubkey(certificate, key));
    }

    void add_extension(int type, const std::string& value) const {
        add_extension(certificate_.get(), type, value);
    }

    static void add_extension(X509* certificate, int type, const std::string& value) {
        const std::unique_ptr<X509_EXTENSION, Release> extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, type, value.c_str()));
        check(extension ? 1 : 0);
        check(X509_add_ext(certificate, extension.get(), -1));
    }

    static std::string content(BIO* bio) {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(bio, &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }

    static std::string pem(X509* certificate) {
        const Bio bio(BIO_new(BIO_s_mem()));
        check(PEM_write_bio_X509(bio.get(), certificate));
        return content(bio.get());
    }

    static std::string pem(EVP_PKEY* key) {
        const Bio bio(BIO_new(BIO_s_mem()));
        check(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr));
        return content(bio.get());
    }

    Key key_;
    Certificate certificate_;
};

}  // namespace resgate::test
