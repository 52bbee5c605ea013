#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

/// A fuzz target is a function of its input that ends the process if something is wrong with what
/// the product makes of it. `FUZZ_TARGET(name) { ... }` defines one, in a file of its own; the
/// input is called `input`. Built with libFuzzer it is a fuzzer, else a target of `replay.cpp`.
namespace resgate::fuzz {

using Target = void (*)(std::string_view);

/// Makes a target known to `replay.cpp`.
struct Registration {
    Registration(std::string_view name, Target target);
};

/// Also where asserts are off, and before the process ends with a word on what was expected.
inline void require(bool holds, std::string_view what) {
    if (!holds) {
        std::cerr << "not so: " << what << '\n';
        std::abort();
    }
}

}  // namespace resgate::fuzz

#ifdef RESGATE_FUZZ_REPLAY
#define FUZZ_TARGET(name)                                                             \
    static void fuzz_##name(std::string_view input);                                  \
    static const resgate::fuzz::Registration registration_##name(#name, fuzz_##name); \
    static void fuzz_##name(std::string_view input)
#else
#define FUZZ_TARGET(name)                                                                \
    static void fuzz_##name(std::string_view input);                                     \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) { \
        fuzz_##name({reinterpret_cast<const char*>(bytes), size});                       \
        return 0;                                                                        \
    }                                                                                    \
    static void fuzz_##name(std::string_view input)
#endif
