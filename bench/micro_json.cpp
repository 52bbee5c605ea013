#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "base/json.h"
#include "base/utf8.h"
#include "bench/micro.h"
#include "bench/micro_texts.h"

namespace resgate::bench {

void add_json(Micros& micros) {
    micros.push_back(
        {"json/parse_change", [] { benchmark::DoNotOptimize(json::parse(texts::change)); }});
    micros.push_back(
        {"json/parse_get_reply", [] { benchmark::DoNotOptimize(json::parse(texts::get_reply)); }});
    std::string long_text = "[";
    for (int i = 0; i < 100; ++i) {
        if (i > 0)
            long_text += ',';
        long_text += texts::model;
    }
    long_text += ']';
    micros.push_back({"json/parse_20_kilobytes", [text = std::move(long_text)] {
                          benchmark::DoNotOptimize(json::parse(text));
                      }});
    micros.push_back({"json/find_member", [value = *json::parse(texts::model)] {
                          benchmark::DoNotOptimize(json::find(value, "state"));
                      }});
    micros.push_back(
        {"json/validate_utf8", [] { benchmark::DoNotOptimize(is_utf8(texts::get_reply)); }});
}

}  // namespace resgate::bench
