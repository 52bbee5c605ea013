#include "net/tls_server_context.h"

#include <array>
#include <optional>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

#include "base/secret.h"

namespace resgate::net {

namespace {

/// Forward secrecy and authenticated encryption; TLS 1.3 has nothing else.
constexpr const char* tls_1_2_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// One is enough for a client that keeps its one connection.
constexpr std::size_t tickets_per_handshake = 1;

/// The only protocol offered, as ALPN writes it ([HTTP-2]).
constexpr std::string_view http_1_1 = "\x08http/1.1";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Failure = std::optional<std::string>;

/// OpenSSL's own words, after ours.
std::string failure_text(std::string_view what) {
    std::string text(what);
    if (const char* const reason = ERR_reason_error_string(ERR_peek_last_error())) {
        text.append(": ").append(reason);
    }
    return text;
}

Bio reader(std::string_view text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

/// Nobody is asked for the password of an encrypted key.
int no_password(char*, int, int, void*) {
    return -1;
}

Certificate next_certificate(BIO* pem) {
    ERR_clear_error();
    return {PEM_read_bio_X509(pem, nullptr, no_password, nullptr), X509_free};
}

/// Whether the last attempt to read found nothing more, and nothing wrong.
bool at_end() {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// The certificate itself, then those of its chain.
Failure use_certificates(SSL_CTX* context, std::string_view text) {
    const Bio pem = reader(text);
    const Certificate own = next_certificate(pem.get());
    if (!own) {
        if (!at_end()) {
            return failure_text("x509: malformed certificate");
        }
        if (contains(text, "PRIVATE KEY-----")) {
            return "tls: failed to find certificate PEM data in certificate input, but did find a "
                   "private key; PEM inputs may have been switched";
        }
        return "tls: failed to find any PEM data in certificate input";
    }
    if (SSL_CTX_use_certificate(context, own.get()) != 1) {
        return failure_text("tls: certificate not usable");
    }
    while (const Certificate issuer = next_certificate(pem.get())) {
        if (SSL_CTX_add1_chain_cert(context, issuer.get()) != 1) {
            return failure_text("tls: certificate chain not usable");
        }
    }
    return at_end() ? Failure() : failure_text("x509: malformed certificate");
}

Failure use_key(SSL_CTX* context, std::string_view text) {
    if (!contains(text, "PRIVATE KEY-----")) {
        return contains(text, "CERTIFICATE-----")
                   ? "tls: found a certificate rather than a key in the PEM for the private key"
                   : "tls: failed to find any PEM data in key input";
    }
    const Bio pem = reader(text);
    ERR_clear_error();
    const Key key(PEM_read_bio_PrivateKey(pem.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
    if (!key) {
        return failure_text("tls: failed to parse private key");
    }
    ERR_clear_error();
    if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
        return ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH
                   ? "tls: private key type does not match public key type"
                   : "tls: private key does not match public key";
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
        return failure_text("tls: private key not usable");
    }
    return std::nullopt;
}

/// [HTTP-2]. Whoever asks by ALPN for anything else only could not be talked to (RFC 7301, 3.2).
int select_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(http_1_1.data()),
                              http_1_1.size(), offered, offered_size);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// The last place where the version is known and nothing is said of tickets yet. In TLS 1.2 the key
/// of a ticket opens all that was said on the connections resumed with it, and on the first one.
int forbid_old_tickets(SSL* ssl, void*) {
    if (SSL_version(ssl) < TLS1_3_VERSION) {
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
    }
    return 1;
}

bool set_rules(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     // Requests and messages have lengths of their own; an end
                                     // without close_notify takes nothing away unnoticed.
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
    SSL_CTX_set_cert_cb(context, forbid_old_tickets, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, tickets_per_handshake) == 1 &&
           SSL_CTX_set_cipher_list(context, tls_1_2_ciphers) == 1;
}

}  // namespace

void TlsServerContext::Release::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}

Result<TlsServerContextPtr, std::string> TlsServerContext::make(std::string_view certificate,
                                                                std::string_view key) {
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_server_method()));
    Failure failure;
    if (!context || !set_rules(context.get())) {
        failure = failure_text("tls: not available");
    } else {
        failure = use_certificates(context.get(), certificate);
    }
    if (!failure) {
        failure = use_key(context.get(), key);
    }
    ERR_clear_error();
    if (failure) {
        return *failure;
    }
    return TlsServerContextPtr(new TlsServerContext(std::move(context)));
}

Result<TlsServerContextPtr, std::string> TlsServerContext::load(const std::string& certificate_file,
                                                                const std::string& key_file) {
    const auto certificate = read_secret_file(certificate_file);
    if (!certificate) {
        return certificate.error();
    }
    const auto key = read_secret_file(key_file);
    if (!key) {
        return key.error();
    }
    return make(certificate->view(), key->view());
}

}  // namespace resgate::net
