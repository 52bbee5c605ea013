#include "nats/credentials_file.h"

#include "base/secret.h"
#include "nats/nkey.h"

namespace resgate::nats {

namespace {

/// Every JWT begins so: base64 of `{"`.
constexpr std::string_view jwt_start = "eyJ";
constexpr std::string_view blanks = " \t\r";

std::string_view without_blanks(std::string_view line) {
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

/// A line that is one word: neither explanation, nor a line of dashes that says what comes next.
bool is_value(std::string_view line) {
    return !line.empty() && line.find_first_of(blanks) == std::string_view::npos &&
           !line.starts_with("--");
}

}  // namespace

Result<CredentialsText, std::string> find_credentials(std::string_view text) {
    CredentialsText found;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = without_blanks(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!is_value(line)) {
            continue;
        }
        if (found.jwt.empty() && line.starts_with(jwt_start)) {
            found.jwt = line;
        } else if (found.seed.empty() && line.starts_with('S')) {
            found.seed = line;
        }
    }
    if (found.seed.empty()) {
        return std::string("no nkey seed found");
    }
    return found;
}

Result<Credentials, std::string> CredentialsFile::credentials(const ServerInfo& server,
                                                              Credentials from_url) {
    const auto file = read_secret_file(path_);
    if (!file) {
        return "nats: " + file.error();
    }
    const auto failure = [this](const std::string& reason) {
        return "nats: " + reason + " in " + path_;
    };
    const auto found = find_credentials(file->view());
    if (!found) {
        return failure(found.error());
    }
    const auto key = UserKey::from_seed(found->seed);
    if (!key) {
        return failure(key.error());
    }
    Credentials credentials = std::move(from_url);
    credentials.jwt = found->jwt;
    // A server that offers no nonce asks for no signature, and a key alone would prove nothing.
    if (server.nonce.empty()) {
        return credentials;
    }
    auto signature = key->sign(server.nonce);
    if (!signature) {
        return failure("cannot sign with the key");
    }
    credentials.signature = std::move(*signature);
    if (credentials.jwt.empty()) {
        credentials.nkey = key->public_key();
    }
    return credentials;
}

}  // namespace resgate::nats
