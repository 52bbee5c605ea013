#include <string>

#include "nats/credentials_file.h"
#include "nats/nkey.h"
#include "target.h"

// Credentials files, and NKey seeds ([OPS-43]).

namespace resgate::fuzz {
namespace {

/// Whether `part` is a line of `text`, or what is left of one without the blanks around it.
bool is_within_a_line(std::string_view part, std::string_view text) {
    const bool inside =
        part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
    return inside && part.find_first_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

FUZZ_TARGET(credentials) {
    const auto found = nats::find_credentials(input);
    if (!found) {
        require(found.error() == "no nkey seed found", "the one failure there is");
        return;
    }
    require(is_within_a_line(found->seed, input), "the seed is a word");
    require(found->jwt.empty() || is_within_a_line(found->jwt, input), "the JWT is a word");
    const auto key = nats::UserKey::from_seed(found->seed);
    if (!key) {
        require(key.error().find(found->seed) == std::string::npos, "the seed is kept secret");
        return;
    }
    require(key->public_key().size() == 56 && key->public_key().front() == 'U', "a user's key");
    const auto signature = key->sign(input);
    require(signature && signature->size() == 86, "a signature");
}

}  // namespace resgate::fuzz
