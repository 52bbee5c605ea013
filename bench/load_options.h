#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace resgate::bench {

/// What one run of the load program does, and to whom.
struct Options {
    std::string item;  ///< the name of the work, see `items`
    std::uint16_t port = 0;
    std::uint16_t nats_port = 0;
    pid_t pid = 0;  ///< of the gateway

    std::size_t clients = 1;
    std::size_t resources = 1;
    std::size_t held = 1;              ///< resources each client subscribes
    std::size_t burst = 1;             ///< events published together
    std::size_t concurrency = 1;       ///< requests under way at the same time
    std::size_t count = 1000;          ///< events, requests or rounds
    std::size_t idle_readers = 0;      ///< clients that never read
    std::size_t padding = 0;           ///< bytes added to each event
    bool tls = false;                  ///< clients speak TLS
    double rate = 0;                   ///< events a second; 0 = the next when the last has arrived
    double seconds = 20;               ///< the work ends early when it has taken that long
    std::vector<std::string> command;  ///< of `start`: the gateway to run
};

/// Ends the program with a message if something is not understood.
Options parse_options(int argc, char** argv);

}  // namespace resgate::bench
