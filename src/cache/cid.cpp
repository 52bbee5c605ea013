#include "cache/cid.h"

#include <cassert>

namespace resgate::cache {

namespace {

/// 32 symbols of 5 bits; all are legal in a part of a resource name ([CID-1]).
constexpr std::string_view symbols = "0123456789abcdefghijklmnopqrstuv";
constexpr unsigned bits = 5;
constexpr unsigned mask = (1U << bits) - 1;
constexpr std::size_t loop_symbols = 2;
/// A draw has 32 bits. A sixth symbol would spare no draw.
constexpr std::size_t symbols_a_draw = 5;
static_assert((Cid::length - loop_symbols) % symbols_a_draw == 0);

}  // namespace

Cid Cid::make(LoopIndex loop, const Random& random) {
    assert(loop < max_loops);
    Cid cid;
    cid.text_[0] = symbols[loop >> bits & mask];
    cid.text_[1] = symbols[loop & mask];
    for (std::size_t at = loop_symbols; at < length; at += symbols_a_draw) {
        std::uint32_t drawn = random();
        for (std::size_t i = 0; i < symbols_a_draw; ++i, drawn >>= bits)
            cid.text_[at + i] = symbols[drawn & mask];
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
