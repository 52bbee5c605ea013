#include "base/system_random.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace resgate {

namespace {

/// As much as `getentropy` gives at a time.
constexpr std::size_t batch_size = 256 / sizeof(std::uint32_t);

struct Batch {
    std::array<std::uint32_t, batch_size> numbers{};
    std::size_t used = batch_size;
};

}  // namespace

std::uint32_t system_random() {
    thread_local Batch batch;
    if (batch.used == batch_size) {
        if (::getentropy(batch.numbers.data(), sizeof batch.numbers) != 0) {
            throw std::system_error(errno, std::generic_category(), "getentropy");
        }
        batch.used = 0;
    }
    // What was given out is not kept: it may be a secret of somebody now.
    return std::exchange(batch.numbers[batch.used++], 0);
}

}  // namespace resgate
