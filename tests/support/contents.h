#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "support/core.h"

/// Services that answer from a table.
namespace resgate::test {

/// What services have: rid to `result` of the get reply. What is not here is not found.
using Contents = std::map<std::string, std::string, std::less<>>;

/// `{"rid":…}`
inline std::string ref(std::string_view rid) {
    return R"({"rid":")" + std::string(rid) + R"("})";
}

/// The cyclic resources of part 90, as models (`test.m.x`) and as collections (`test.c.x`).
inline Contents cyclic_contents() {
    const std::map<std::string, std::string> targets = {{"a", "a"},  {"b", "c"}, {"c", "b"},
                                                        {"d", "ef"}, {"e", "d"}, {"f", "d"},
                                                        {"g", "ef"}, {"h", "e"}};
    Contents contents;
    for (const auto& [from, to] : targets) {
        Json as_model = Json::object();
        Json as_collection = Json::array();
        for (const char target : to) {
            as_model[std::string(1, target)] = {{"rid", std::string("test.m.") + target}};
            as_collection.push_back({{"rid", std::string("test.c.") + target}});
        }
        contents["test.m." + from] = Json({{"model", as_model}}).dump();
        contents["test.c." + from] = Json({{"collection", as_collection}}).dump();
    }
    return contents;
}

/// The reply to a get of that rid.
inline std::string get_reply(const Contents& contents, std::string_view rid) {
    const auto found = contents.find(rid);
    return found == contents.end() ? std::string(not_found) : R"({"result":)" + found->second + '}';
}

/// Answers all pending requests and those they cause, except on `slow` subjects: gets from the
/// table, access granted.
inline void serve_pending(Core& core, const Contents& contents,
                          const std::set<std::string>& slow = {}) {
    for (bool busy = true; busy;) {
        busy = false;
        for (const std::string& subject : core.pending_subjects()) {
            if (slow.contains(subject))
                continue;
            busy = true;
            const ServiceCall call = core.take(subject);
            if (subject.starts_with("access.")) {
                core.reply(call, granted);
                continue;
            }
            std::string rid = subject.substr(subject.find('.') + 1);
            if (call.payload.contains("query"))
                rid += '?' + call.payload["query"].get<std::string>();
            core.reply(call, get_reply(contents, rid));
        }
    }
}

/// The resource set with these resources of the table.
inline Json set_of(const Contents& contents, std::initializer_list<std::string_view> rids) {
    Json set = Json::object();
    for (const std::string_view rid : rids) {
        const Json result = Json::parse(contents.find(rid)->second);
        const bool is_model = result.contains("model");
        set[is_model ? "models" : "collections"][std::string(rid)] =
            result[is_model ? "model" : "collection"];
    }
    return set;
}

/// Subscribes, with everything answered from the table; the response is not looked at.
inline void subscribe_served(Core& core, TestClient& client, std::string_view rid,
                             const Contents& contents) {
    const auto id = client.request("subscribe." + std::string(rid));
    serve_pending(core, contents);
    const Json message = client.next();
    EXPECT_EQ(message["id"], id);
    EXPECT_TRUE(message.contains("result")) << message;
}

/// The client has got everything that was meant for it: it is sent the answer to a request that
/// went to the services and back ([ORD-7]).
inline void expect_no_event(Core& core, TestClient& client) {
    EXPECT_EQ(core.pending_subjects(), std::vector<std::string>());
    client.expect_nothing();
}

}  // namespace resgate::test
