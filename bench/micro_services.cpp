#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

#include "bench/micro.h"
#include "bench/micro_texts.h"
#include "res/client_message.h"
#include "res/client_request.h"
#include "res/content.h"
#include "res/difference.h"
#include "res/service_message.h"

namespace resgate::bench {

namespace {

boost::intrusive_ptr<res::Content> collection(const std::string& text) {
    return *res::Content::from_collection(*json::parse(text));
}

/// `size` elements; with `scattered`, every other one is another.
std::string elements(int size, bool scattered) {
    std::string text = "[";
    for (int i = 0; i < size; ++i) {
        if (i > 0)
            text += ',';
        text += "\"element ";
        text += std::to_string(scattered && i % 2 == 1 ? i + 1000000 : i);
        text += '"';
    }
    return text + "]";
}

void add_messages(Micros& micros) {
    micros.push_back({"res/decode_get_reply", [] {
                          if (!res::decode_get_reply(texts::get_reply))
                              std::abort();
                      }});
    micros.push_back({"res/decode_access_reply", [] {
                          benchmark::DoNotOptimize(res::decode_access_reply(texts::access_reply));
                      }});
    micros.push_back({"res/decode_call_reply",
                      [] { benchmark::DoNotOptimize(res::decode_call_reply(texts::call_reply)); }});
    micros.push_back({"res/decode_change", [] {
                          if (!res::decode_change(*json::parse(texts::change)))
                              std::abort();
                      }});
    micros.push_back({"res/decode_client_request", [] {
                          std::string storage;
                          const auto request =
                              res::parse_client_request(texts::call_request, storage);
                          if (!request || !res::parse_method(request->method))
                              std::abort();
                      }});
    micros.push_back({"res/encode_event", [] {
                          std::string out;
                          res::append_event(out, "bench.model.17", "change", texts::change);
                          benchmark::DoNotOptimize(out.data());
                      }});
    micros.push_back({"res/encode_resource_set",
                      [content = *res::Content::from_model(*json::parse(texts::model))] {
                          res::ResourceSet set(false);
                          set.add("bench.model.17", *content);
                          std::string out = "{";
                          set.append_members(out, false);
                          benchmark::DoNotOptimize(out.data());
                      }});
}

void add_differences(Micros& micros) {
    const auto add = [&](const std::string& name, int size, bool scattered) {
        micros.push_back({name,
                          [before = collection(elements(size, false)),
                           after = collection(elements(size, scattered))] {
                              benchmark::DoNotOptimize(res::difference(*before, *after));
                          },
                          size < 1000 ? 16 : 2});
    };
    add("res/difference_100_elements_50_changed", 100, true);
    add("res/difference_10000_elements_none_changed", 10000, false);
    add("res/difference_10000_elements_5000_changed", 10000, true);
}

}  // namespace

void add_services(Micros& micros) {
    add_messages(micros);
    add_differences(micros);
}

}  // namespace resgate::bench
