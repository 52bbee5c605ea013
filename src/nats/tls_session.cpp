#include "nats/tls_session.h"

#include <algorithm>
#include <cassert>
#include <new>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace resgate::nats {

namespace {

/// The largest piece of plain text in one TLS record.
constexpr std::size_t record_size = 16384;

/// Demands a certificate for `host`. Names are also sent, so that a server with several
/// certificates can choose; addresses must not be.
bool set_server_name(SSL* session, const std::string& host) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(session);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) {
        return true;
    }
    ERR_clear_error();  // it was no IP address
    // Only alternative names count, and a wildcard only for a whole label.
    X509_VERIFY_PARAM_set_hostflags(
        parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    std::string name = host;  // as the macro for it is not fit for C++
    return X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size()) == 1 &&
           SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    name.data()) == 1;
}

std::string last_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason != nullptr ? reason : "unknown error";
}

}  // namespace

void TlsSession::Release::operator()(SSL* session) const {
    SSL_free(session);
}

TlsSession::TlsSession(const TlsContext& context, const std::string& host, std::string& output)
    : session_(SSL_new(context.get())),
      from_server_(BIO_new(BIO_s_mem())),
      to_server_(BIO_new(BIO_s_mem())),
      output_(output),
      host_(host) {
    if (!session_ || from_server_ == nullptr || to_server_ == nullptr) {
        throw std::bad_alloc();
    }
    SSL_set_bio(session_.get(), from_server_, to_server_);
    ERR_clear_error();
    if (set_server_name(session_.get(), host)) {
        SSL_set_connect_state(session_.get());
        advance();
    } else {
        state_ = State::failed;
        failure_ = "nats: TLS: bad host name " + host;
    }
}

std::string_view TlsSession::receive(std::string_view ciphertext) {
    if (state_ != State::handshaking && state_ != State::established) {
        return {};
    }
    // A BIO in memory takes everything.
    BIO_write(from_server_, ciphertext.data(), static_cast<int>(ciphertext.size()));
    ERR_clear_error();
    const std::size_t size = state_ == State::established || advance() ? decrypt() : 0;
    collect_output();
    return std::string_view(plain_).substr(0, size);
}

/// Whether the handshake is done.
bool TlsSession::advance() {
    const int result = SSL_do_handshake(session_.get());
    if (result == 1) {
        state_ = State::established;
    } else {
        fail(result);
    }
    collect_output();
    return result == 1;
}

/// Decrypts all there is to the front of `plain_`. Returns its size.
std::size_t TlsSession::decrypt() {
    std::size_t size = 0;
    for (;;) {
        if (plain_.size() < size + record_size) {
            plain_.resize(size + record_size);
        }
        std::size_t taken = 0;
        const int result =
            SSL_read_ex(session_.get(), plain_.data() + size, plain_.size() - size, &taken);
        if (result != 1) {
            fail(result);
            return size;
        }
        size += taken;
    }
}

void TlsSession::send(std::string_view plain) {
    assert(state_ == State::established);
    ERR_clear_error();
    while (!plain.empty()) {
        std::size_t taken = 0;
        const std::size_t piece = std::min(plain.size(), record_size);
        if (const int result = SSL_write_ex(session_.get(), plain.data(), piece, &taken);
            result != 1) {
            return fail(result);
        }
        plain.remove_prefix(taken);
        collect_output();
    }
}

void TlsSession::end() {
    if (state_ == State::established) {
        SSL_shutdown(session_.get());
        ERR_clear_error();
        collect_output();
    }
}

/// Judges why OpenSSL has not done what was asked for. That it lacks bytes is no failure.
void TlsSession::fail(int result) {
    switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            break;
        case SSL_ERROR_ZERO_RETURN:
            state_ = State::ended;
            break;
        default:
            if (const long verdict = SSL_get_verify_result(session_.get());
                state_ == State::handshaking && verdict != X509_V_OK) {
                failure_ = "nats: TLS: the certificate of " + host_ +
                           " is not accepted: " + X509_verify_cert_error_string(verdict);
            } else {
                failure_ = "nats: TLS: " + last_error();
            }
            state_ = State::failed;
    }
    ERR_clear_error();
}

void TlsSession::collect_output() {
    if (const std::size_t size = BIO_ctrl_pending(to_server_); size != 0) {
        const std::size_t before = output_.size();
        output_.resize(before + size);
        BIO_read(to_server_, output_.data() + before, static_cast<int>(size));
    }
}

}  // namespace resgate::nats
