#include <cstdlib>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "bench/micro.h"
#include "bench/micro_texts.h"
#include "cache/resource.h"

namespace resgate::bench {

namespace {

std::shared_ptr<cache::Resource> resource(boost::intrusive_ptr<res::Content> content) {
    auto made =
        std::make_shared<cache::Resource>(nullptr, cache::ResourceId{1}, "", cache::LoopIndex{1});
    made->load(std::move(content));
    return made;
}

void apply(cache::Resource& to, std::string_view event, std::string_view payload) {
    bool legacy = false;
    const cache::Applied applied = to.apply("bench.model.17", event, *json::parse(payload), legacy);
    if (!applied || !*applied)
        std::abort();
    benchmark::DoNotOptimize((*applied)->frame());
}

}  // namespace

void add_cache(Micros& micros) {
    micros.push_back({"cache/apply_change",
                      [model = resource(*res::Content::from_model(*json::parse(texts::model))),
                       n = 0]() mutable {
                          apply(*model, "change",
                                n++ % 2 == 0 ? R"({"values":{"n":1234}})"
                                             : R"({"values":{"n":1235}})");
                      }});
    std::string text = "[0";
    for (int i = 1; i < 100; ++i)
        text += "," + std::to_string(i);
    text += ']';
    micros.push_back({"cache/apply_add_and_remove",
                      [list = resource(*res::Content::from_collection(*json::parse(text)))] {
                          apply(*list, "add", R"({"idx":50,"value":"new"})");
                          apply(*list, "remove", R"({"idx":50})");
                      }});
    micros.push_back({"cache/snapshot_after_change",
                      [model = resource(*res::Content::from_model(*json::parse(texts::model))),
                       n = 0]() mutable {
                          apply(*model, "change",
                                n++ % 2 == 0 ? R"({"values":{"n":1234}})"
                                             : R"({"values":{"n":1235}})");
                          benchmark::DoNotOptimize(model->snapshot());
                      }});
}

}  // namespace resgate::bench
