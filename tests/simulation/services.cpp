#include "simulation/services.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace resgate::simulation {

namespace {

constexpr std::size_t plain_count = 8;
constexpr std::size_t query_count = 2;
constexpr std::size_t digits = 3;

std::string number(std::size_t n) {
    return std::to_string(n);
}

constexpr const char* renewal_subject = "auth.sim.renew";

/// What the holder of a token must not read.
bool is_forbidden(std::size_t token, std::string_view name) {
    return token == 2   ? name == "r3" || name == "r4" || name == "q1"
           : token == 1 ? name == "r5"
                        : false;
}

bool is_query_name(std::string_view name) {
    return name.starts_with('q');
}

}  // namespace

Services::Services(Core& core, Dice& dice, bool trace)
    : core_(core), dice_(dice), trace_(trace), faulty_(dice.chance(30)) {
    for (std::size_t i = 0; i < plain_count; ++i)
        resources_["r" + number(i)].content = any_content(i % 2 == 0);
    for (std::size_t i = 0; i < query_count; ++i) {
        for (std::size_t digit = 0; digit < digits; ++digit)
            resources_["q" + number(i) + "?a=" + number(digit)].content = any_content(i % 2 == 0);
    }
    if (dice_.chance(50))
        resources_["r0"].content = nullptr;
}

std::string Services::any_rid() {
    const std::size_t kind = dice_.below(20);
    if (kind == 0)
        return "u.{cid}";
    if (kind < 6) {
        const std::string name = "q" + number(dice_.below(query_count));
        const std::string query = "?a=" + number(dice_.below(digits));
        return name + (dice_.chance(20) ? "" : dice_.chance(30) ? query + "&x" : query);
    }
    const std::string name = "r" + number(dice_.below(plain_count));
    return dice_.chance(10) ? name + "?z" : name;
}

/// Where the resource of a rid is kept: name and normalized query.
std::string Services::key_of(const std::string& rid) {
    const std::size_t mark = rid.find('?');
    std::string name = rid.substr(0, mark);
    if (!is_query_name(name))
        return name;
    return name + (mark == std::string::npos ? "?a=0" : rid.substr(mark, 4));
}

Json Services::content(const std::string& rid) const {
    const auto found = resources_.find(key_of(rid));
    return found == resources_.end() ? Json() : found->second.content;
}

Json Services::any_value() {
    switch (dice_.below(8)) {
        case 0:
            return nullptr;
        case 1:
            return {{"rid", any_rid()}, {"soft", true}};
        case 2:
            return {{"data", {{"n", dice_.below(2)}}}};
        case 3:
        case 4:
            return {{"rid", any_rid()}};
        default:
            return dice_.below(4);
    }
}

Json Services::any_content(bool is_model) {
    Json content = is_model ? Json::object() : Json::array();
    for (std::size_t i = dice_.below(4); i > 0; --i) {
        if (is_model)
            content["k" + number(dice_.below(4))] = any_value();
        else
            content.push_back(any_value());
    }
    return content;
}

Json Services::mutate(Resource& resource) {
    Json& content = resource.content;
    Json events = Json::array();
    ++resource.version;
    const auto say = [&](const char* event, Json data) {
        events.push_back({{"event", event}, {"data", std::move(data)}});
    };
    if (content.is_null()) {
        content = any_content(dice_.chance(50));
        say("create", nullptr);
    } else if (dice_.chance(8)) {
        content = nullptr;
        say("delete", nullptr);
    } else if (dice_.chance(15)) {
        say("custom", resource.version);
    } else if (content.is_object()) {
        Json values = Json::object();
        for (std::size_t i = 1 + dice_.below(3); i > 0; --i) {
            const std::string key = "k" + number(dice_.below(4));
            if (dice_.chance(25)) {
                content.erase(key);
                values[key] = {{"action", "delete"}};
            } else {
                values[key] = content[key] = any_value();
            }
        }
        say("change", {{"values", values}});
    } else if (content.empty() || (content.size() < 6 && dice_.chance(55))) {
        const std::size_t index = dice_.below(content.size() + 1);
        const Json value = any_value();
        content.insert(content.begin() + static_cast<std::ptrdiff_t>(index), value);
        say("add", {{"idx", index}, {"value", value}});
    } else {
        const std::size_t index = dice_.below(content.size());
        content.erase(index);
        say("remove", {{"idx", index}});
    }
    return events;
}

void Services::publish_query_event(const std::string& name) {
    const std::string subject = "_Q." + number(++last_subject_);
    QueryEvent& query_event = query_events_[subject];
    for (std::size_t digit = 0; digit < digits; ++digit) {
        const std::string key = name + "?a=" + number(digit);
        Resource& resource = resources_[key];
        auto& recorded = query_event[key];
        for (std::size_t i = dice_.below(3); i > 0; --i) {
            const bool existed = !resource.content.is_null();
            if (!existed) {  // of the same type as ever
                ++resource.version;
                resource.content = any_content(name == "q0");
                continue;
            }
            for (Json& event : mutate(resource))
                recorded.push_back({resource.version, std::move(event)});
        }
        if (!recorded.empty())
            resource.untold.push_back(subject);
    }
    publish("event." + name + ".query", Json({{"subject", subject}}).dump());
}

/// Events that are invalid whatever the resource is ([LOG-1] to [LOG-4], [LOG-7], [LOG-10] to
/// [LOG-12]): nothing must come of them.
void Services::publish_nonsense(const std::vector<std::string>& cids) {
    static const std::vector<std::pair<std::string, std::string>> events = {
        {"custom", "{"},
        {"change", ""},
        {"change", R"({"values":{"k0":1,"k1":[1]}})"},
        {"change", R"({"values":{"k0":{"rid":""}}})"},
        {"change", R"({"values":{"k0":{"rid":"r1","data":1}}})"},
        {"add", R"({"idx":-1,"value":1})"},
        {"add", R"({"idx":99,"value":{"rid":"r1"}})"},
        {"add", R"({"idx":0,"value":{"action":"delete"}})"},
        {"add", R"({"idx":0})"},
        {"remove", R"({"idx":99})"},
        {"remove", "null"},
        {"query", "{}"},
        {"query", R"({"subject":"a b"})"},
        {"delete", "{"},
        {"unsubscribe", R"({"reason":{"code":"sim.x","message":"x"}})"}};
    if (dice_.chance(80)) {
        const auto& [event, payload] = dice_.pick(events);
        const std::string name = any_rid();
        publish("event." + name.substr(0, name.find('?')) + "." + event, payload);
    } else if (dice_.chance(50)) {
        publish(dice_.chance(50) ? "system.reset" : "system.tokenReset", R"({"resources":1})");
    } else if (!cids.empty()) {
        publish("conn." + dice_.pick(cids) + ".token", R"({"token":2,"tid":1})");
    }
}

void Services::act(const std::vector<std::string>& cids) {
    if (faulty_ && dice_.chance(15))
        return publish_nonsense(cids);
    const std::size_t kind = dice_.below(100);
    if (kind < 70) {
        const std::string name = "r" + number(dice_.below(plain_count));
        for (const Json& event : mutate(resources_[name])) {
            const Json& data = event["data"];
            publish("event." + name + "." + event["event"].get<std::string>(),
                    data.is_null() ? std::string() : data.dump());
        }
    } else if (kind < 82) {
        publish_query_event("q" + number(dice_.below(query_count)));
    } else if (kind < 86) {
        publish("event." + std::string(dice_.chance(70) ? "r" : "q") + number(dice_.below(2)) +
                ".reaccess");
    } else if (kind < 92) {
        static const std::vector<std::string> patterns = {">", "r1", "r2", "q0", "q1", "u.>"};
        Json reset;
        if (dice_.chance(70))
            reset["resources"] = {dice_.pick(patterns), dice_.pick(patterns)};
        if (dice_.chance(40))
            reset["access"] = {dice_.pick(patterns)};
        publish("system.reset", reset.dump());
    } else if (!cids.empty()) {
        const std::string cid = dice_.pick(cids);
        if (kind < 94) {
            give_token(cid);
        } else if (kind < 95) {
            publish("system.tokenReset",
                    Json({{"tids", {"t"}}, {"subject", renewal_subject}}).dump());
        } else if (auto found = resources_.find("u." + cid); found != resources_.end()) {
            for (const Json& event : mutate(found->second))
                publish("event.u." + cid + "." + event["event"].get<std::string>(),
                        event["data"].dump());
        }
    }
}

void Services::give_token(const std::string& cid) {
    const std::string subject = "conn." + cid + ".token";
    if (dice_.chance(20)) {
        tokens_.erase(cid);
        return publish(subject, "{}");
    }
    const std::size_t token = dice_.below(3);
    const std::string payload = Json({{"token", token}, {"tid", "t"}}).dump();
    publish(subject, payload);
    // A first token has nothing re-checked; the same again does ([COE-5]).
    if (!tokens_.insert_or_assign(cid, token).second)
        return;
    publish(subject, payload);
}

bool Services::forbids(const std::string& cid, const std::string& rid) const {
    const auto found = tokens_.find(cid);
    return found != tokens_.end() && is_forbidden(found->second, rid.substr(0, rid.find('?')));
}

void Services::publish(const std::string& subject, const std::string& payload) {
    if (trace_)
        std::fprintf(stderr, "publish %s %s\n", subject.c_str(), payload.c_str());
    core_.publish(subject, payload);
}

void Services::reply(const ServiceCall& call, std::string_view payload) {
    if (trace_)
        std::fprintf(stderr, "reply %s %s\n", call.subject.c_str(), std::string(payload).c_str());
    core_.reply(call, payload);
}

void Services::serve(const ServiceCall& call, bool late) {
    if (call.reply_subject.empty())
        return;
    if (faulty_ && !calm_ && dice_.chance(4) && replies_nonsense(call))
        return;
    if (call.subject == renewal_subject)
        renew_token(call);
    else if (call.subject.starts_with("access."))
        serve_access(call);
    else if (call.subject.starts_with("get."))
        reply(call, get_reply(call));
    else if (call.subject.starts_with("_Q."))
        serve_query(call, late);
    else
        serve_call(call);
}

/// A reply that is invalid. Not to access requests: a client could not tell from the answer whether
/// access or the load failed ([CCL-6]). False if there is none for this request.
bool Services::replies_nonsense(const ServiceCall& call) {
    static const std::vector<std::string> anywhere = {"", "{", "[]", R"({"error":1})",
                                                      R"({"result":{"model":{},"collection":[]}})"};
    static const std::vector<std::string> to_gets = {
        R"({"result":{}})", R"({"result":{"model":{"k0":[1]}}})",
        R"({"result":{"model":{"k0":{"action":"delete"}}}})",
        R"({"result":{"collection":[{"rid":"a..b"}]}})", R"({"result":{"model":{},"query":1}})"};
    if (call.subject.starts_with("get.")) {
        reply(call, dice_.chance(50) ? dice_.pick(anywhere) : dice_.pick(to_gets));
    } else if (call.subject.starts_with("_Q.")) {
        for (const auto& [key, recorded] : query_events_[call.subject])
            outdated_.insert(key.substr(0, 2));
        reply(call, dice_.pick(anywhere));
    } else {
        return false;
    }
    return true;
}

/// A token reset asks for new tokens ([SYS-9], [SYS-12]).
void Services::renew_token(const ServiceCall& call) {
    if (dice_.chance(70))
        give_token(call.payload.at("cid").get<std::string>());
    if (dice_.chance(70))
        reply(call, R"({"resource":{"rid":"r1"}})");
}

void Services::serve_access(const ServiceCall& call) {
    const Json& token = call.payload.at("token");
    if (token.is_number() && is_forbidden(token, call.subject.substr(7)))
        return reply(call, dice_.chance(50) ? R"({"result":{"get":false,"call":"*"}})"
                                            : R"({"error":{"code":"sim.access","message":"x"}})");
    const std::size_t kind = calm_ ? 0 : dice_.below(100);
    if (kind < 80)
        reply(call, test::full);
    else if (kind < 90)
        reply(call, test::denied);
    else if (kind < 97)
        reply(call, R"({"error":{"code":"sim.access","message":"x"}})");
    // else silence
}

std::string Services::get_reply(const ServiceCall& call) {
    const std::string name = call.subject.substr(4);
    const std::string query = call.payload.value("query", "");
    if (!calm_ && dice_.chance(5))
        return R"({"error":{"code":"sim.get","message":"x"}})";
    const std::string key = key_of(query.empty() ? name : name + '?' + query);
    Resource& resource = resources_[key];
    if (resource.content.is_null() && name.starts_with('u'))
        resource.content = any_content(true);
    // Whether the reply counts is not known: another spelling may have been answered first
    // ([NRM-3]). If something is untold, the next query reply has the whole state.
    if (!resource.untold.empty())
        resource.untold.front().clear();
    if (resource.content.is_null())
        return std::string(test::not_found);
    Json result = {{resource.content.is_object() ? "model" : "collection", resource.content}};
    if (const std::size_t mark = key.find('?'); mark != std::string::npos)
        result["query"] = key.substr(mark + 1);
    return Json({{"result", result}}).dump();
}

void Services::serve_query(const ServiceCall& call, bool late) {
    const std::string query = call.payload.at("query");
    const auto found =
        std::find_if(query_events_[call.subject].begin(), query_events_[call.subject].end(),
                     [&](const auto& item) { return item.first.ends_with("?" + query); });
    const std::string& key = found->first;
    Resource& resource = resources_[key];
    const std::size_t kind = calm_ ? 50 : dice_.below(100);
    if (kind < 10 || late) {
        outdated_.insert(key.substr(0, 2));
        if (kind < 5)
            reply(call, R"({"error":{"code":"sim.query","message":"x"}})");
        return;
    }
    if (resource.content.is_null())
        return reply(call, test::not_found);
    const auto& recorded = found->second;
    const bool told_already =
        !recorded.empty() && recorded.front().version <= resource.told_in_full;
    // The request of an earlier event may have timed out, which nobody is told of ([QRY-12]).
    const bool next =
        recorded.empty() || (!resource.untold.empty() && resource.untold.front() == call.subject);
    if (!recorded.empty() && next)
        resource.untold.erase(resource.untold.begin());
    if (kind < 30 || told_already || !next || outdated_.contains(key.substr(0, 2))) {
        resource.told_in_full = resource.version;
        resource.untold.clear();
        const char* const type = resource.content.is_object() ? "model" : "collection";
        return reply(call, Json({{"result", {{type, resource.content}}}}).dump());
    }
    Json events = Json::array();
    for (const Recorded& one : recorded)
        events.push_back(one.event);
    reply(call, Json({{"result", {{"events", events}}}}).dump());
}

void Services::serve_call(const ServiceCall& call) {
    const std::size_t kind = calm_ ? 30 : dice_.below(100);
    if (kind < 10)
        return;
    if (kind < 20)
        reply(call, R"({"error":{"code":"sim.call","message":"x"}})");
    else if (kind < 40)
        reply(call, R"({"result":1})");
    else
        reply(call, Json({{"resource", {{"rid", any_rid()}}}}).dump());
}

void Services::reset_outdated() {
    for (const std::string& name : outdated_)
        publish("system.reset", Json({{"resources", {name}}}).dump());
    outdated_.clear();
}

}  // namespace resgate::simulation
