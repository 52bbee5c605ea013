#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/types.h>

#include "base/result.h"

namespace resgate::nats {

/// The settings of TLS towards servers ([OPS-44], [OPS-45]). Any of them demands TLS.
struct TlsOptions {
    std::string certificate_file;       ///< PEM, may hold the chain; with `key_file` or not at all
    std::string key_file;               ///< PEM
    std::vector<std::string> ca_files;  ///< PEM; trusted in place of the system's CAs

    bool any() const { return !certificate_file.empty() || !key_file.empty() || !ca_files.empty(); }
};

/// What all TLS sessions with servers share: whom to trust, and how to identify ourselves. TLS 1.2
/// at least, and no server without a valid certificate. Immutable.
class TlsContext {
  public:
    /// Reads the files. The failure is the reason to be logged.
    static Result<TlsContext, std::string> load(const TlsOptions& options);

    SSL_CTX* get() const { return context_.get(); }

  private:
    struct Release {
        void operator()(SSL_CTX* context) const;
    };

    using Context = std::unique_ptr<SSL_CTX, Release>;

    explicit TlsContext(Context context);

    Context context_;
};

}  // namespace resgate::nats
