#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace resgate::test {

/// How a client speaks TLS.
struct TlsOptions {
    int min_version = TLS1_2_VERSION;
    int max_version = TLS1_3_VERSION;
    std::string trusted;             ///< PEM; empty: any certificate will do
    std::string protocols;           ///< of ALPN, each preceded by a byte with its length
    long max_certificates = 100000;  ///< bytes of the server's chain
    SSL_SESSION* session = nullptr;  ///< to be resumed
};

/// The client's side of TLS, without I/O: what has arrived goes in, what is to be sent comes out.
class TlsChannel {
  public:
    enum class State { unfinished, open, ended, failed };

    explicit TlsChannel(const TlsOptions& options)
        : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), ssl_(nullptr, SSL_free) {
        SSL_CTX_set_min_proto_version(context_.get(), options.min_version);
        SSL_CTX_set_max_proto_version(context_.get(), options.max_version);
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
        SSL_CTX_set_max_cert_list(context_.get(), options.max_certificates);
        if (options.min_version < TLS1_2_VERSION) {
            SSL_CTX_set_cipher_list(context_.get(), "DEFAULT:@SECLEVEL=0");
        }
        if (!options.trusted.empty()) {
            const std::unique_ptr<BIO, decltype(&BIO_free)> pem(
                BIO_new_mem_buf(options.trusted.data(), static_cast<int>(options.trusted.size())),
                BIO_free);
            const std::unique_ptr<X509, decltype(&X509_free)> root(
                PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr), X509_free);
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), root.get());
            SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        }
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_alpn_protos(ssl_.get(),
                            reinterpret_cast<const unsigned char*>(options.protocols.data()),
                            static_cast<unsigned>(options.protocols.size()));
        if (options.session != nullptr) {
            SSL_set_session(ssl_.get(), options.session);
        }
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl_.get());
    }

    /// Takes in bytes from the server, and appends what they say to `text`.
    State receive(std::string_view bytes, std::string& text) {
        const std::lock_guard lock(mutex_);
        if (!bytes.empty()) {
            BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
        }
        std::array<char, 16384> room{};
        ERR_clear_error();
        int size = 0;
        while ((size = SSL_read(ssl_.get(), room.data(), room.size())) > 0) {
            text.append(room.data(), static_cast<std::size_t>(size));
        }
        return state(size);
    }

    void send(std::string_view text) {
        const std::lock_guard lock(mutex_);
        ERR_clear_error();
        SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    }

    /// Says that nothing more will come.
    void close() {
        const std::lock_guard lock(mutex_);
        SSL_shutdown(ssl_.get());
    }

    /// Takes what is to be sent to the server.
    std::string take_output() {
        const std::lock_guard lock(mutex_);
        BIO* const bio = SSL_get_wbio(ssl_.get());
        std::string bytes(BIO_ctrl_pending(bio), '\0');
        if (!bytes.empty()) {
            BIO_read(bio, bytes.data(), static_cast<int>(bytes.size()));
        }
        return bytes;
    }

    /// Whether the server has said that nothing more will come (close_notify).
    bool has_ended() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

    SSL* ssl() { return ssl_.get(); }

  private:
    State state(int outcome) {
        const int error = SSL_get_error(ssl_.get(), outcome);
        if (error == SSL_ERROR_ZERO_RETURN) {
            return State::ended;
        }
        if (error != SSL_ERROR_WANT_READ) {
            return State::failed;
        }
        return SSL_is_init_finished(ssl_.get()) == 1 ? State::open : State::unfinished;
    }

    std::mutex mutex_;  ///< some tests read and write on two threads
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace resgate::test
