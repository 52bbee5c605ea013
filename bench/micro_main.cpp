// Micro-benchmarks. Without arguments of its own this is a Google Benchmark program, which measures
// time. With `--instructions` it runs under callgrind (see bench/compare): each work is done a
// fixed number of times and its costs are dumped under its name.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <benchmark/benchmark.h>
#include <valgrind/callgrind.h>

#include "bench/micro.h"

namespace resgate::bench {
namespace {

Micros all() {
    Micros micros;
    add_json(micros);
    add_transports(micros);
    add_services(micros);
    add_cache(micros);
    add_core(micros);
    return micros;
}

void count_instructions() {
    for (const Micro& micro : all()) {
        for (int i = 0; i < micro.rounds; ++i)  // buffers grow to their size
            micro.work();
        CALLGRIND_ZERO_STATS;
        CALLGRIND_TOGGLE_COLLECT;
        for (int i = 0; i < micro.rounds; ++i)
            micro.work();
        CALLGRIND_TOGGLE_COLLECT;
        CALLGRIND_DUMP_STATS_AT(micro.name.c_str());
        std::printf("%s %d\n", micro.name.c_str(), micro.rounds);
    }
}

}  // namespace
}  // namespace resgate::bench

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--instructions") {
        resgate::bench::count_instructions();
        return 0;
    }
    const resgate::bench::Micros micros = resgate::bench::all();
    for (const resgate::bench::Micro& micro : micros) {
        benchmark::RegisterBenchmark(micro.name.c_str(), [&micro](benchmark::State& state) {
            for ([[maybe_unused]] auto _ : state)
                micro.work();
        });
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
