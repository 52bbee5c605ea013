#include "http/origin.h"

#include <algorithm>

namespace resgate::http {

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c + ('a' - 'A'));
        }
    }
    return result;
}

}  // namespace

AllowedOrigins::AllowedOrigins(std::vector<std::string> origins) : origins_(std::move(origins)) {
    if (std::find(origins_.begin(), origins_.end(), "*") != origins_.end()) {
        origins_.clear();
    }
    for (std::string& origin : origins_) {
        origin = lower(origin);
    }
    std::sort(origins_.begin(), origins_.end());
}

bool AllowedOrigins::matches(std::string_view origin) const {
    return std::binary_search(origins_.begin(), origins_.end(), lower(origin));
}

bool AllowedOrigins::accepts(const HeaderLines& headers) const {
    if (everybody()) {
        return true;
    }
    const auto origin = headers.find("Origin");
    return !origin || *origin == "null" || matches(*origin);
}

}  // namespace resgate::http
