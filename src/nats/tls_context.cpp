#include "nats/tls_context.h"

#include <optional>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/secret.h"

namespace resgate::nats {

namespace {

using Failure = std::optional<std::string>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// What OpenSSL has complained of, which is forgotten thereby.
std::string openssl_reason() {
    const char* reason = ERR_reason_error_string(ERR_get_error());
    ERR_clear_error();
    return reason != nullptr ? reason : "unknown error";
}

/// A key with a passphrase cannot be used: asking for it would stop the start ([OPS-8]).
int no_passphrase(char*, int, int, void*) {
    return -1;
}

/// Trusts every certificate of a file. The failure is worded as in [OPS-45].
Failure trust_file(X509_STORE* store, const std::string& path) {
    const auto file = read_secret_file(path);
    if (!file) {
        return "nats: error loading or parsing rootCA file: " + file.error();
    }
    const Bio text(BIO_new_mem_buf(file->view().data(), static_cast<int>(file->size())), &BIO_free);
    std::size_t trusted = 0;
    for (;;) {
        const Certificate certificate(
            PEM_read_bio_X509_AUX(text.get(), nullptr, no_passphrase, nullptr), &X509_free);
        if (!certificate || X509_STORE_add_cert(store, certificate.get()) != 1) {
            break;
        }
        ++trusted;
    }
    ERR_clear_error();  // the end of the file is one
    if (trusted == 0) {
        return "nats: failed to parse root certificate from \"" + path + "\"";
    }
    return std::nullopt;
}

Failure trust(SSL_CTX* context, const std::vector<std::string>& ca_files) {
    if (ca_files.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) != 1) {
            return "nats: cannot load the CAs of the system: " + openssl_reason();
        }
        return std::nullopt;
    }
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    for (const std::string& file : ca_files) {
        if (auto failure = trust_file(store, file)) {
            return failure;
        }
    }
    return std::nullopt;
}

/// Why a file cannot be read, or what OpenSSL says of its content.
std::string file_reason(const std::string& path) {
    const std::string reason = openssl_reason();
    const auto file = read_secret_file(path);
    return file ? path + ": " + reason : file.error();
}

/// [OPS-44]
Failure identify(SSL_CTX* context, const TlsOptions& options) {
    const std::string prefix = "nats: error loading client certificate: ";
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) {
        return prefix + file_reason(options.certificate_file);
    }
    // The key is compared with the certificate on this occasion.
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return prefix + file_reason(options.key_file);
    }
    return std::nullopt;
}

}  // namespace

void TlsContext::Release::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}

TlsContext::TlsContext(Context context) : context_(std::move(context)) {}

Result<TlsContext, std::string> TlsContext::load(const TlsOptions& options) {
    if (options.certificate_file.empty() != options.key_file.empty()) {
        return std::string(options.key_file.empty() ? "missing --natskey file option"
                                                    : "missing --natscert file option");
    }
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
        return "nats: cannot use TLS: " + openssl_reason();
    }
    SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    // A certificate that is named as trusted is, even if another has signed it.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
    if (!options.certificate_file.empty()) {
        if (auto failure = identify(context.get(), options)) {
            return std::move(*failure);
        }
    }
    if (auto failure = trust(context.get(), options.ca_files)) {
        return std::move(*failure);
    }
    return TlsContext(std::move(context));
}

}  // namespace resgate::nats
