#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "base/result.h"

namespace resgate::net {

/// What the TLS streams of all clients share: certificate, key, and the rules of [OPS-12].
/// Immutable; any thread.
///
/// TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only, `http/1.1` by ALPN, no
/// client certificates, no renegotiation. Session tickets in TLS 1.3 only, under a key of this
/// object alone (docs/decisions/0008-tls-for-clients.md).
class TlsServerContext {
  public:
    /// Both are the contents of PEM files: the certificate, perhaps followed by its chain, and the
    /// private key. The failure is a reason of [OPS-6].
    static Result<std::shared_ptr<const TlsServerContext>, std::string> make(
        std::string_view certificate, std::string_view key);

    /// The same from the files themselves: `open <file>: no such file or directory`.
    static Result<std::shared_ptr<const TlsServerContext>, std::string> load(
        const std::string& certificate_file, const std::string& key_file);

    SSL_CTX* get() const { return context_.get(); }

  private:
    struct Release {
        void operator()(SSL_CTX* context) const;
    };

    using Context = std::unique_ptr<SSL_CTX, Release>;

    explicit TlsServerContext(Context context) : context_(std::move(context)) {}

    Context context_;
};

using TlsServerContextPtr = std::shared_ptr<const TlsServerContext>;

}  // namespace resgate::net
