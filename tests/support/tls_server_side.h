#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "support/certificates.h"

namespace resgate::test {

/// A server's side of TLS, without I/O: ciphertext in, ciphertext out.
class ServerSide {
  public:
    std::string received;  ///< plain text
    std::string output;    ///< ciphertext

    /// What several servers can share, as it takes its time to be made.
    using Context = std::shared_ptr<SSL_CTX>;

    static Context make_context(const Identity& identity, int version) {
        Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
        SSL_CTX_set_security_level(context.get(), 0);  // older versions are weak
        SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
        SSL_CTX_set_min_proto_version(context.get(), version);
        SSL_CTX_set_max_proto_version(context.get(), version);
        use(context.get(), identity);
        return context;
    }

    explicit ServerSide(const Identity& identity, int version = TLS1_3_VERSION)
        : ServerSide(make_context(identity, version)) {}

    explicit ServerSide(Context context)
        : context_(std::move(context)), session_(SSL_new(context_.get()), &SSL_free) {
        SSL_set_bio(session_.get(), in_, out_);
        SSL_set_accept_state(session_.get());
    }

    void demand_client_certificate(const std::string& ca) {
        BIO* bio = BIO_new_mem_buf(ca.data(), static_cast<int>(ca.size()));
        X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
        SSL_CTX_set_cert_store(context_.get(), X509_STORE_new());
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), certificate);
        X509_free(certificate);
        BIO_free(bio);
        SSL_set_verify(session_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }

    void receive(std::string_view ciphertext) {
        BIO_write(in_, ciphertext.data(), static_cast<int>(ciphertext.size()));
        char plain[4096];
        for (int size; (size = SSL_read(session_.get(), plain, sizeof plain)) > 0;) {
            received.append(plain, static_cast<std::size_t>(size));
        }
        collect();
    }

    void send(std::string_view plain) {
        SSL_write(session_.get(), plain.data(), static_cast<int>(plain.size()));
        collect();
    }

    void end() {
        SSL_shutdown(session_.get());
        collect();
    }

    void update_keys() {
        SSL_key_update(session_.get(), SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(session_.get());
        collect();
    }

    bool is_established() const { return SSL_is_init_finished(session_.get()) == 1; }

    bool has_received_end() const {
        return (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    std::string name_asked_for() const {
        const char* name = SSL_get_servername(session_.get(), TLSEXT_NAMETYPE_host_name);
        return name != nullptr ? name : "";
    }

  private:
    static void use(SSL_CTX* context, const Identity& identity) {
        BIO* bio = BIO_new_mem_buf(identity.certificate.data(), -1);
        X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(context, certificate);
        X509_free(certificate);
        BIO_free(bio);
        bio = BIO_new_mem_buf(identity.key.data(), -1);
        EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
        SSL_CTX_use_PrivateKey(context, key);
        EVP_PKEY_free(key);
        BIO_free(bio);
    }

    void collect() {
        char bytes[4096];
        for (int size; (size = BIO_read(out_, bytes, sizeof bytes)) > 0;) {
            output.append(bytes, static_cast<std::size_t>(size));
        }
        ERR_clear_error();
    }

    Context context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> session_;
    BIO* in_ = BIO_new(BIO_s_mem());
    BIO* out_ = BIO_new(BIO_s_mem());
};

}  // namespace resgate::test
