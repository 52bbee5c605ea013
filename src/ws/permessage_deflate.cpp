#include "ws/permessage_deflate.h"

#include <optional>
#include <string_view>
#include <vector>

namespace resgate::ws {

namespace {

constexpr unsigned largest_window_bits = 15;

/// zlib has no raw deflate with a window of 256 bytes: an offer that insists on it is declined.
constexpr unsigned smallest_window_bits = 9;

struct Parameter {
    std::string name;
    std::optional<std::string> value;
};

/// One element of the list: the name of the extension comes first, as a parameter without value.
using Offer = std::vector<Parameter>;

/// Reads the value of one header (RFC 6455, 9.1).
class OfferReader {
  public:
    explicit OfferReader(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }

    /// The next offer; nothing if it is malformed. Always goes behind the comma that ends it.
    std::optional<Offer> next() {
        Offer offer;
        bool good = true;
        do {
            auto parameter = read_parameter();
            good = good && parameter && !(offer.empty() && parameter->value);
            if (parameter) {
                offer.push_back(std::move(*parameter));
            } else {
                skip_to_delimiter();
            }
        } while (take(';'));
        take(',');
        return good ? std::optional(std::move(offer)) : std::nullopt;
    }

  private:
    std::optional<Parameter> read_parameter() {
        Parameter parameter{read_token(), std::nullopt};
        if (parameter.name.empty()) {
            return std::nullopt;
        }
        skip_space();
        if (take('=')) {
            skip_space();
            parameter.value = !rest_.empty() && rest_.front() == '"' ? read_quoted() : read_token();
            // Quotes make no difference: what is between them has to be a token as well.
            if (!http::is_header_name(*parameter.value)) {
                return std::nullopt;
            }
        }
        skip_space();
        if (!rest_.empty() && rest_.front() != ';' && rest_.front() != ',') {
            return std::nullopt;
        }
        return parameter;
    }

    std::string read_token() {
        skip_space();
        std::size_t size = 0;
        while (size < rest_.size() && http::is_header_name(rest_.substr(size, 1))) {
            ++size;
        }
        std::string token(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return token;
    }

    /// Empty, and so no token, if the closing quote is missing.
    std::string read_quoted() {
        std::string text;
        rest_.remove_prefix(1);
        while (!rest_.empty()) {
            if (take('"')) {
                return text;
            }
            if (rest_.front() == '\\' && rest_.size() > 1) {
                rest_.remove_prefix(1);
            }
            text += rest_.front();
            rest_.remove_prefix(1);
        }
        return {};
    }

    void skip_space() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
            rest_.remove_prefix(1);
        }
    }

    /// A comma or semicolon within quotes is none.
    void skip_to_delimiter() {
        while (!rest_.empty() && rest_.front() != ',' && rest_.front() != ';') {
            if (rest_.front() == '"') {
                read_quoted();
            } else {
                rest_.remove_prefix(1);
            }
        }
    }

    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view rest_;
};

/// 8 to 15, without leading zeros (RFC 7692, 7.1.2); 0 for anything else.
unsigned parse_window_bits(std::string_view text) {
    if (text.size() == 1 && (text[0] == '8' || text[0] == '9')) {
        return static_cast<unsigned>(text[0] - '0');
    }
    if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5') {
        return 10U + static_cast<unsigned>(text[1] - '0');
    }
    return 0;
}

/// Whether the parameter may stand in an offer; an upper bound is written to `window_bits`.
bool accept(const Parameter& parameter, unsigned& window_bits) {
    if (parameter.name == "server_no_context_takeover" ||
        parameter.name == "client_no_context_takeover") {
        return !parameter.value;
    }
    if (parameter.name == "client_max_window_bits") {
        return !parameter.value || parse_window_bits(*parameter.value) != 0;
    }
    if (parameter.name == "server_max_window_bits" && parameter.value) {
        window_bits = parse_window_bits(*parameter.value);
        return window_bits >= smallest_window_bits;
    }
    return false;
}

/// The window bits, 0 if the offer is declined.
unsigned judge(const Offer& offer) {
    if (offer.front().name != "permessage-deflate") {
        return 0;
    }
    unsigned window_bits = largest_window_bits;
    for (std::size_t i = 1; i < offer.size(); ++i) {
        for (std::size_t earlier = 1; earlier < i; ++earlier) {
            if (offer[earlier].name == offer[i].name) {
                return 0;
            }
        }
        if (!accept(offer[i], window_bits)) {
            return 0;
        }
    }
    return window_bits;
}

}  // namespace

DeflateAgreement agree_on_deflate(const http::HeaderLines& headers) {
    for (const http::HeaderLine header : headers) {
        if (!http::equal_ignoring_case(header.name, "Sec-WebSocket-Extensions")) {
            continue;
        }
        OfferReader reader(header.value);
        while (!reader.done()) {
            const auto offer = reader.next();
            if (const unsigned bits = offer ? judge(*offer) : 0; bits != 0) {
                return {static_cast<std::uint8_t>(bits)};
            }
        }
    }
    return {};
}

std::string deflate_answer(DeflateAgreement agreement) {
    std::string answer =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    if (agreement.window_bits < largest_window_bits) {
        answer += "; server_max_window_bits=" + std::to_string(agreement.window_bits);
    }
    return answer;
}

}  // namespace resgate::ws
