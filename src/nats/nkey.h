#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "base/result.h"

namespace resgate::nats {

/// The Ed25519 key pair of a NATS user, read from its seed: `SU` and 56 more characters, which are
/// base32 of two prefix bytes, the 32 bytes of the seed, and a checksum.
class UserKey {
  public:
    /// The failure is free of the seed. No copy of the seed is left in memory but that of `seed`
    /// and, as long as the key lives, that of OpenSSL.
    static Result<UserKey, std::string> from_seed(std::string_view seed);

    /// `U` and 55 more characters: how a server names the user.
    const std::string& public_key() const { return public_key_; }

    /// The signature of a server's nonce, in base64url without padding as CONNECT carries it.
    /// Nothing if OpenSSL is out of memory.
    std::optional<std::string> sign(std::string_view nonce) const;

  private:
    struct Release {
        void operator()(EVP_PKEY* key) const;
    };

    using Key = std::unique_ptr<EVP_PKEY, Release>;

    UserKey(Key key, std::string public_key);

    Key key_;
    std::string public_key_;
};

}  // namespace resgate::nats
