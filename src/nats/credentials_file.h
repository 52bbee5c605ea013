#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "nats/handshake.h"

namespace resgate::nats {

/// What a credentials file holds. Views of its text.
struct CredentialsText {
    std::string_view jwt;   ///< of the user; empty in a file that holds nothing but a seed
    std::string_view seed;  ///< of the user's NKey
};

/// Finds the user JWT and the NKey seed in the decorated form of `nsc generate creds`, or on lines
/// of their own. Everything else is taken for explanation. The failure has no part of the text.
Result<CredentialsText, std::string> find_credentials(std::string_view text);

/// The setting `natsCreds` ([OPS-43]): sends the JWT and signs the server's nonce. A file with a
/// seed alone is an NKey login: the public key takes the place of the JWT.
///
/// The file is read anew for each server, and forgotten again.
class CredentialsFile final : public Authenticator {
  public:
    explicit CredentialsFile(std::string path) : path_(std::move(path)) {}

    Result<Credentials, std::string> credentials(const ServerInfo& server,
                                                 Credentials from_url) override;

  private:
    std::string path_;
};

}  // namespace resgate::nats
