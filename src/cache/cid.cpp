#include "cache/cid.h"

#include <cassert>

namespace resgate::cache {

namespace {

/// 32 symbols of 5 bits; all are legal in a part of a resource name ([CID-1]).
constexpr std::string_view symbols = "0123456789abcdefghijklmnopqrstuv";
constexpr unsigned bits = 5;
constexpr unsigned mask = (1U << bits) - 1;
constexpr std::size_t loop_symbols = 2;

}  // namespace

Cid Cid::make(LoopIndex loop, const Random& random) {
    assert(loop < max_loops);
    Cid cid;
    cid.text_[0] = symbols[loop >> bits & mask];
    cid.text_[1] = symbols[loop & mask];
    std::uint32_t pool = 0;
    for (std::size_t i = loop_symbols; i < length; ++i, pool >>= bits) {
        if ((i - loop_symbols) % 6 == 0)
            pool = random();
        cid.text_[i] = symbols[pool & mask];
    }
    return cid;
}

std::optional<Cid> Cid::from(std::string_view text) {
    if (text.size() != length || text.find_first_not_of(symbols) != std::string_view::npos)
        return std::nullopt;
    Cid cid;
    std::copy(text.begin(), text.end(), cid.text_.begin());
    return cid;
}

LoopIndex Cid::loop() const {
    return static_cast<LoopIndex>(symbols.find(text_[0]) << bits | symbols.find(text_[1]));
}

}  // namespace resgate::cache
