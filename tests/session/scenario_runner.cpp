#include "scenario_runner.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace resgate::test {

namespace {

constexpr std::string_view timed_out = "system.timeout";

/// Whether the JSON is as the pattern, in which `"any:type"` stands for anything of a type.
bool matches(const Json& pattern, const Json& value) {
    if (pattern.is_string() && pattern.get_ref<const std::string&>().starts_with("any:")) {
        return pattern == std::string("any:") + value.type_name();
    }
    if (pattern.type() != value.type() || pattern.size() != value.size() ||
        !pattern.is_structured())
        return pattern == value;
    if (pattern.is_array())
        return std::equal(pattern.begin(), pattern.end(), value.begin(), matches);
    return std::all_of(pattern.items().begin(), pattern.items().end(), [&](const auto& member) {
        return value.contains(member.key()) && matches(member.value(), value[member.key()]);
    });
}

std::string code_of(const std::string& word) {
    static const std::map<std::string, std::string> codes = {{"D", "system.accessDenied"},
                                                             {"T", std::string(timed_out)},
                                                             {"I", "system.internalError"},
                                                             {"NF", "system.notFound"},
                                                             {R"("")", ""}};
    const auto found = codes.find(word);
    return found == codes.end() ? word : found->second;
}

const Json& fixture_of(const std::string& name) {
    if (!scenario_fixtures().contains(name))
        throw std::runtime_error("no fixture " + name);
    return scenario_fixtures()[name];
}

/// The resource set with these fixtures, as clients see them ([VAL-4]).
Json set_of(const std::vector<std::string>& names) {
    Json set = Json::object();
    for (const std::string& name : names) {
        for (const auto& [type, content] : fixture_of(name).items()) {
            Json seen = content;
            for (Json& value : seen) {
                if (value.is_object() && value.contains("data") && value["data"].is_primitive())
                    value = Json(value["data"]);
            }
            set[type + "s"][name] = seen;
        }
    }
    return set;
}

std::string fixture_reply_of(const std::string& name) {
    const Json& fixture = fixture_of(name);
    return fixture.contains("error") ? fixture.dump() : Json({{"result", fixture}}).dump();
}

std::string name_of(const std::string& subject) {
    return subject.substr(subject.find('.') + 1);
}

}  // namespace

class ScenarioRunner::Words {
  public:
    explicit Words(std::string text) : rest_(std::move(text)) {}

    /// The next word, empty at the end.
    std::string next() {
        const auto end = rest_.find(' ');
        std::string word = rest_.substr(0, end);
        rest_ = end == std::string::npos ? "" : rest_.substr(rest_.find_first_not_of(' ', end));
        return word;
    }

    std::vector<std::string> list() {
        std::vector<std::string> words;
        while (!rest_.empty())
            words.push_back(next());
        return words;
    }

    std::string rest() { return std::exchange(rest_, {}); }

  private:
    std::string rest_;
};

ScenarioRunner::ScenarioRunner(const Scenario& scenario)
    : ScenarioRunner([&] {
          Core::Options options;
          for (const auto& [name, value] : scenario.settings) {
              if (name == "resetThrottle")
                  options.settings.reset_throttle = std::stoi(value);
              else if (name == "referenceThrottle")
                  options.settings.reference_throttle = std::stoi(value);
              else if (name == "unsubscribeDelay")
                  options.settings.unsubscribe_delay = std::chrono::milliseconds(std::stoi(value));
              else
                  throw std::runtime_error("no setting " + name);
          }
          return options;
      }()) {}

ScenarioRunner::ScenarioRunner(const Core::Options& options)
    : core_(options), linger_(options.settings.unsubscribe_delay) {}

void ScenarioRunner::play(const ScenarioRun& run) {
    for (const std::string& step : run.steps) {
        SCOPED_TRACE(step.substr(0, 300));
        perform(step);
        if (testing::Test::HasFailure())
            return;
    }
    finish();
}

void ScenarioRunner::perform(const std::string& step) {
    Words words(put_in(step));
    const std::string first = words.next();
    if (first.starts_with('C') && first.find_first_of("<>") != std::string::npos) {
        const auto kind = first.find_first_of("<>");
        client_step(first.substr(0, kind), std::string_view(first).substr(kind), words);
        return;
    }
    settle();
    if (first == "S?" || first == "S!" || first == "S>") {
        service_step(first, words);
    } else if (first == "connect") {
        const std::string name = words.next();
        const std::string version = words.next();
        clients_[name] = &core_.connect(version == "none" ? "" : version);
    } else if (first == "close") {
        const std::string name = words.next();
        client(name).disconnect();
        clients_.erase(name);
    } else if (first == "given") {
        given(words);
    } else if (first == "barrier") {
        TestClient& barred = client(words.next());
        barrier(barred, words.next());
    } else if (first == "live" || first == "silent") {
        TestClient& listening = client(words.next());
        for (const std::string& rid : words.list()) {
            const std::string name = rid.substr(0, rid.find('?'));
            core_.publish("event." + name + ".custom", "1");
            if (first == "live")
                listening.expect_event(rid + ".custom", "1");
            barrier(listening, name);
        }
    } else if (first == "subscribed" || first == "unsubscribed") {
        if (first == "subscribed")
            core_.settle();
        else
            core_.advance(linger_);
        for (const std::string& name : words.list())
            EXPECT_EQ(core_.event_subscriptions().count("event." + name + ".*"), first[0] == 's');
    } else if (first == "throttled") {
        throttled(words);
    } else if (first == "logs") {
        errors_ += std::stoul(words.next());
    } else {
        throw std::runtime_error("no such step: " + step);
    }
}

void ScenarioRunner::client_step(const std::string& name, std::string_view kind, Words& words) {
    TestClient& speaker = client(name);
    if (kind == ">") {
        settle();
        if (const std::string id = words.next(); id == "text") {
            speaker.say(words.rest());
        } else {
            Json message = {{"id", Json::parse(id)}, {"method", words.next()}};
            std::string text = message.dump();
            if (const std::string params = words.rest(); !params.empty())
                text.insert(text.size() - 1, R"(,"params":)" + params);
            speaker.say(text);
        }
        return;
    }
    const bool free = kind == "<~";
    if (!free || expected_.empty())
        settle();
    Json expected;
    if (const std::string id = words.next(); id == "event") {
        expected["event"] = words.next();
        const std::string payload = words.rest();
        expected["data"] = payload.empty() ? Json() : Json::parse(payload);
    } else {
        expected["id"] = Json::parse(id);
        const std::string type = words.next();
        if (type == "result") {
            expected["result"] = Json::parse(words.rest());
        } else if (type == "payload") {
            expected["result"]["payload"] = Json::parse(words.rest());
        } else if (type == "set") {
            expected["result"] = set_of(words.list());
        } else if (type == "error") {
            const std::string error = words.rest();
            expected["error"] = error.starts_with('{')
                                    ? Json::parse(error)
                                    : Json({{"code", code_of(error)}, {"message", "any:string"}});
        } else if (type != "ok") {
            throw std::runtime_error("no such expectation: " + type);
        }
    }
    const auto found = std::find_if(expected_.begin(), expected_.end(),
                                    [&](const auto& group) { return group.first == &speaker; });
    auto& group = found != expected_.end()
                      ? found->second
                      : expected_.emplace_back(&speaker, std::vector<Json>()).second;
    group.push_back(std::move(expected));
    if (!free)
        settle();
}

void ScenarioRunner::settle() {
    auto groups = std::exchange(expected_, {});
    if (!groups.empty())
        let_time_out();
    for (auto& [listening, expected] : groups) {
        while (!expected.empty()) {
            const Json message = listening->next();
            const auto found =
                std::find_if(expected.begin(), expected.end(),
                             [&](const Json& pattern) { return matches(pattern, message); });
            if (found == expected.end()) {
                ADD_FAILURE() << "got      " << message << "\nexpected " << Json(expected);
                return;
            }
            expected.erase(found);
        }
    }
}

void ScenarioRunner::service_step(std::string_view kind, Words& words) {
    const std::string subject = words.next();
    std::string payload = words.rest();
    if (kind == "S>") {
        let_time_out();
        core_.publish(subject, payload);
    } else if (kind == "S?") {
        let_time_out();
        std::string label = subject;
        if (const auto as = payload.rfind("as ");
            as == 0 || (as != payload.npos && payload[as - 1] == ' ')) {
            label = payload.substr(as + 3);
            payload.resize(as);
        }
        open_.emplace_back(label, take(subject, payload));
    } else {
        const ServiceCall call = take_open(subject);
        reply(call, payload);
        if (payload.starts_with("timeout:"))  // a pre-response: it is still to be answered
            open_.emplace_back(subject, call);
    }
}

void ScenarioRunner::collect() {
    core_.settle();
    for (const std::string& subject : core_.pending_subjects())
        pool_.push_back(core_.take(subject));
}

ServiceCall ScenarioRunner::take(const std::string& subject, const std::string& payload) {
    collect();
    const Json pattern = payload.empty() ? Json() : Json::parse(payload);
    const auto found = std::find_if(pool_.begin(), pool_.end(), [&](const ServiceCall& call) {
        return call.subject == subject && (payload.empty() || matches(pattern, call.payload));
    });
    if (found == pool_.end()) {
        Json seen = Json::array();
        for (const ServiceCall& call : pool_)
            seen.push_back({call.subject, call.payload});
        ADD_FAILURE() << "no request " << subject << " " << payload << ", but " << seen;
        return {};
    }
    ServiceCall call = std::move(*found);
    pool_.erase(found);
    return call;
}

ServiceCall ScenarioRunner::take_open(const std::string& label) {
    const auto found = std::find_if(open_.begin(), open_.end(),
                                    [&](const auto& call) { return call.first == label; });
    if (found == open_.end())
        return take(label, {});
    ServiceCall call = std::move(found->second);
    open_.erase(found);
    return call;
}

void ScenarioRunner::reply(const ServiceCall& call, const std::string& reply) {
    if (call.reply_subject.empty())
        return;  // there was no such request
    if (reply == "timeout")
        silence_ = true;
    else if (reply == "nobody")
        core_.reply_no_responders(call);
    else if (reply == "granted")
        core_.reply(call, granted);
    else if (reply == "full")
        core_.reply(call, full);
    else if (reply == "denied")
        core_.reply(call, denied);
    else if (reply == "notFound")
        core_.reply(call, not_found);
    else if (reply == "fixture")
        core_.reply(call, fixture_reply_of(name_of(call.subject)));
    else
        core_.reply(call, reply == "empty" ? "" : reply);
}

void ScenarioRunner::let_time_out() {
    if (std::exchange(silence_, false))
        core_.advance(cache::Settings().request_timeout);
}

void ScenarioRunner::given(Words& words) {
    TestClient& subscriber = client(words.next());
    std::vector<std::string> names = words.list();
    std::vector<std::string> fetched;
    for (std::string& name : names) {
        if (name.starts_with('='))
            name.erase(0, 1);
        else
            fetched.push_back(name);
    }
    constexpr int id = 900000;
    subscriber.say(Json({{"id", id}, {"method", "subscribe." + names.at(0)}}).dump());
    reply(take("access." + names[0], {}), "granted");
    for (const std::string& name : fetched)
        reply(take("get." + name, {}), "fixture");
    EXPECT_EQ(subscriber.next(), Json({{"id", id}, {"result", set_of(names)}}));
}

void ScenarioRunner::barrier(TestClient& client, const std::string& rid) {
    let_time_out();
    client.expect_nothing();
    const std::uint64_t id = 1000000 + ++barriers_;
    const std::string method = "auth." + rid + ".barrier" + std::to_string(id);
    client.say(Json({{"id", id}, {"method", method}}).dump());
    reply(take(method, {}), R"({"result":null})");
    Json seen = Json::array();
    for (const ServiceCall& call : pool_)
        seen.push_back({call.subject, call.payload});
    EXPECT_TRUE(seen.empty()) << "requests that the scenario does not name: " << seen;
    const Json message = client.next();
    EXPECT_EQ(message["id"], id) << message;
}

void ScenarioRunner::throttled(Words& words) {
    const std::size_t width = std::stoul(words.next());
    const std::size_t total = std::stoul(words.next());
    const std::string rid = words.next();
    std::vector<ServiceCall> outstanding;
    for (std::size_t answered = 0; answered < total; ++answered) {
        collect();
        for (ServiceCall& call : std::exchange(pool_, {}))
            outstanding.push_back(std::move(call));
        EXPECT_EQ(outstanding.size(), std::min(width, total - answered));
        if (!rid.empty())
            barrier(*clients_.begin()->second, rid);
        if (outstanding.empty())
            return;
        const ServiceCall call = std::move(outstanding.front());
        outstanding.erase(outstanding.begin());
        reply(call, call.subject.starts_with("access.") ? "granted" : "fixture");
    }
}

void ScenarioRunner::finish() {
    settle();
    if (clients_.empty())
        client("C");
    for (const auto& [name, listening] : clients_) {
        SCOPED_TRACE("at the end, client " + name);
        barrier(*listening, "test.end");
    }
    EXPECT_EQ(core_.log.take_errors(), errors_);
}

TestClient& ScenarioRunner::client(const std::string& name) {
    TestClient*& found = clients_[name];
    if (found == nullptr)
        found = &core_.connect();
    return *found;
}

std::string ScenarioRunner::put_in(const std::string& step) {
    std::string text;
    std::size_t done = 0;
    for (auto open = step.find('<'); open != step.npos; open = step.find('<', open + 1)) {
        const auto close = step.find('>', open);
        if (close == step.npos)
            break;
        const std::string mark = step.substr(open + 1, close - open - 1);
        std::string value;
        if (mark.starts_with("cid")) {
            value = client("C" + mark.substr(3)).cid();
        } else if (mark.size() > 2 && mark[1] == '*') {
            value.assign(std::stoul(mark.substr(2)), mark[0]);
        } else if (scenario_fixtures().contains(mark)) {
            value = fixture_of(mark).front().dump();
        } else {
            continue;
        }
        text += step.substr(done, open - done) + value;
        done = close + 1;
    }
    return text + step.substr(done);
}

}  // namespace resgate::test
