#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace resgate::bench {

/// A piece of work that is measured by itself, by time or by instructions.
struct Micro {
    std::string name;
    /// Does the work once. What it needs is in the function object.
    std::function<void()> work;
    /// How often it is done when instructions are counted.
    int rounds = 16;
};

using Micros = std::vector<Micro>;

// One function a file, each with what it measures.

void add_json(Micros& micros);
void add_transports(Micros& micros);
void add_services(Micros& micros);
void add_cache(Micros& micros);
void add_core(Micros& micros);

}  // namespace resgate::bench
