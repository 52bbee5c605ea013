#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "nats/tls_context.h"

namespace resgate::nats {

/// The client's side of one TLS connection: ciphertext in, plain text out, and the other way round.
/// No I/O. Whatever is to be sent to the server, the handshake included, is appended to an output.
class TlsSession {
  public:
    enum class State : std::uint8_t {
        handshaking,
        established,
        ended,   ///< the server has said that nothing follows
        failed,  ///< see `failure`
    };

    /// Begins the handshake with the server of that name or IP address, which its certificate must
    /// be for. `output` outlives the session.
    TlsSession(const TlsContext& context, const std::string& host, std::string& output);

    State state() const { return state_; }

    /// Why the session failed, without anything secret.
    const std::string& failure() const { return failure_; }

    /// Takes bytes of the server and returns what they contain, valid until the next call.
    std::string_view receive(std::string_view ciphertext);

    /// Requires `established`.
    void send(std::string_view plain);

    /// Tells the server that nothing follows. Harmless when repeated.
    void end();

  private:
    struct Release {
        void operator()(SSL* session) const;
    };

    bool advance();
    std::size_t decrypt();
    void fail(int result);
    void collect_output();

    std::unique_ptr<SSL, Release> session_;
    BIO* from_server_ = nullptr;  ///< owned by the session, as the next
    BIO* to_server_ = nullptr;
    std::string& output_;
    std::string plain_;  ///< room for what was decrypted last
    State state_ = State::handshaking;
    std::string host_;
    std::string failure_;
};

}  // namespace resgate::nats
