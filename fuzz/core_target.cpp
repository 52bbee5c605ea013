#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "input.h"
#include "other_json.h"
#include "support/core.h"
#include "target.h"

// A whole core: the input says what clients and services do, and in which order hub and loops see
// it. Every request is answered once ([CLI-5]), everything sent is JSON, and when all is over
// nothing is left.

namespace resgate::fuzz {
namespace {

using namespace std::chrono_literals;
using test::Core;
using test::TestClient;

constexpr auto names = std::to_array<std::string_view>(
    {"t.a", "t.b", "t.c", "t.list", "t.{cid}", "t.a?q=1", "t.a?q=2", "t.list?q=1", "x.a"});

constexpr auto methods = std::to_array<std::string_view>(
    {"subscribe", "unsubscribe", "get", "call", "auth", "new", "version"});

constexpr auto params = std::to_array<std::string_view>(
    {"null", R"({"count":2})", R"({"count":0})", R"({"protocol":"1.1.0"})",
     R"({"protocol":"1.2.3"})", R"({"a":[1,"x"]})"});

constexpr auto replies = std::to_array<std::string_view>(
    {R"({"result":{"get":true,"call":"*"}})",
     R"({"result":{"get":true}})",
     R"({"result":{"get":false,"call":"m"}})",
     R"({"result":{"model":{"n":1,"s":"x"}}})",
     R"({"result":{"model":{"to":{"rid":"t.b"}}}})",
     R"({"result":{"model":{"to":{"rid":"t.c"},"also":{"rid":"t.list"}}}})",
     R"({"result":{"model":{"back":{"rid":"t.a"},"soft":{"rid":"t.c","soft":true}}}})",
     R"({"result":{"model":{"own":{"rid":"t.{cid}"},"d":{"data":{"x":[1]}}},"query":"q=1"}})",
     R"({"result":{"collection":[1,2,"x"]}})",
     R"({"result":{"collection":[{"rid":"t.a"},{"rid":"t.b"},{"rid":"t.a"}]}})",
     R"({"result":{"collection":[{"rid":"t.a?q=1"},4],"query":"q=1"}})",
     R"({"result":{"collection":[]}})",
     R"({"resource":{"rid":"t.b"}})",
     R"({"resource":{"rid":"t.{cid}"}})",
     R"({"result":{"rid":"t.c"}})",
     R"({"result":{"events":[{"event":"change","data":{"values":{"n":3}}}]}})",
     R"({"result":{"events":[{"event":"remove","data":{"idx":0}},{"event":"reaccess"}]}})",
     R"({"error":{"code":"system.notFound","message":"Not found"}})",
     R"({"error":{"code":"system.accessDenied","message":"Access denied"}})",
     R"(timeout:"20000")",
     R"({"result":null})",
     R"({"result":)"});

constexpr auto events = std::to_array<std::string_view>(
    {"change", "add", "remove", "delete", "create", "reaccess", "custom", "query", "unsubscribe"});

constexpr auto payloads = std::to_array<std::string_view>(
    {"", R"({"values":{"n":2}})", R"({"values":{"to":{"rid":"t.c"}}})",
     R"({"values":{"to":{"action":"delete"},"n":{"rid":"t.b"}}})",
     R"({"values":{"to":{"rid":"t.a"}}})", R"({"idx":0,"value":{"rid":"t.b"}})",
     R"({"idx":1,"value":5})", R"({"idx":0})", R"({"idx":1})", R"({"subject":"q.1"})",
     R"({"to":{"rid":"t.b"}})"});

constexpr auto system_payloads =
    std::to_array<std::string_view>({R"({"resources":["t.>"]})", R"({"access":["t.>"]})",
                                     R"({"resources":["t.a","t.list"],"access":["t.*"]})",
                                     R"({"tids":["t1"],"subject":"auth.t.renew"})",
                                     R"({"tids":["t1","t2"],"subject":"bad subject"})"});

constexpr auto tokens = std::to_array<std::string_view>(
    {R"({"token":{"u":1}})", R"({"token":null})", R"({"token":2,"tid":"t1"})", R"({"tid":"t2"})"});

constexpr auto durations =
    std::to_array<std::chrono::milliseconds>({0ms, 1ms, 1s, 3001ms, 5001ms, 21s});

constexpr auto versions = std::to_array<std::string_view>({"", "1.1.1", "1.2.0", "1.999.999"});

class Run {
  public:
    explicit Run(Input& input) : input_(input), core_(options(input)) {
        for (std::size_t i = 0; i < 2; ++i) {
            connect();
        }
    }

    void step() {
        switch (input_.below(10)) {
            case 0:
            case 1:
                return request();
            case 2:
                return say();
            case 3:
            case 4:
                return reply();
            case 5:
                return event();
            case 6:
                return system();
            case 7:
                return core_.advance(durations[input_.below(durations.size())]);
            case 8:
                return exchange();
            default:
                return come_or_go();
        }
    }

    void finish() {
        core_.automatic = true;
        settle();
        for (Seat& seat : seats_) {
            look(seat);
            require(seat.spoke_freely || seat.unanswered.empty(), "all is answered ([CLI-5])");
            seat.client->disconnect();
        }
        settle();
        require(core_.hub().entry_count() == 0, "the cache is empty at last ([ENT-6])");
        require(core_.hub().use_count() == 0, "nothing is in use");
        require(core_.event_subscriptions().empty(), "nothing is subscribed");
        require(core_.sessions(0).session_count() + core_.sessions(1).session_count() == 0,
                "no session is left");
    }

  private:
    struct Seat {
        TestClient* client = nullptr;
        std::map<std::uint64_t, int> unanswered;
        bool spoke_freely = false;  ///< its messages may have had any id
    };

    static Core::Options options(Input& input) {
        Core::Options options;
        options.loops = 2;
        options.settings.reset_throttle = static_cast<std::int64_t>(input.below(3));
        options.settings.reference_throttle = static_cast<std::int64_t>(input.below(3));
        options.max_subscriptions = input.flip() ? 4 : 0;
        return options;
    }

    /// One of the texts, or a line of the input.
    template <std::size_t Size>
    std::string text(const std::array<std::string_view, Size>& texts) {
        const std::size_t which = input_.below(Size + 1);
        return which < Size ? std::string(texts[which]) : free_text();
    }

    std::string free_text() {
        std::string line(input_.line());
        sanitize_utf8(line);
        // The harness reads what is passed on with the other implementation.
        const OtherJson other(line);
        return other.undecided || other.repeats_keys ? std::string() : line;
    }

    Seat* seat() {
        const std::size_t which = input_.below(4);
        return which < seats_.size() ? &seats_[which] : nullptr;
    }

    void connect() {
        Seat seat;
        const std::size_t loop = input_.below(2);
        seat.client = &core_.connect(std::string(versions[input_.below(versions.size())]), loop);
        seats_.push_back(std::move(seat));
    }

    void come_or_go() {
        Seat* leaving = seat();
        if (leaving == nullptr) {
            return connect();
        }
        leaving->client->disconnect();
        seats_.erase(seats_.begin() + (leaving - seats_.data()));
    }

    void request() {
        Seat* at = seat();
        std::string method(methods[input_.below(methods.size())]);
        const std::string_view name = names[input_.below(names.size())];
        if (at == nullptr) {
            return;
        }
        if (method != "version") {
            method.append(".").append(name);
        }
        if (method.starts_with("call") || method.starts_with("auth")) {
            method += ".m";
        }
        std::optional<std::string> with = text(params);
        if (!json::parse(*with)) {
            with.reset();
        }
        ++at->unanswered[at->client->request(method, with)];
        look(*at);
    }

    void say() {
        Seat* at = seat();
        const std::string message = free_text();
        if (at != nullptr) {
            at->spoke_freely = true;
            at->client->say(message);
        }
    }

    void reply() {
        const auto pending = core_.pending_subjects();
        const std::size_t which = input_.byte();
        if (pending.empty()) {
            return;
        }
        const auto call = core_.take(pending[which % pending.size()]);
        if (call.reply_subject.empty()) {
            return;
        }
        if (which >= 0xf0) {
            core_.reply_no_responders(call);
        } else {
            core_.reply(call, text(replies));
        }
    }

    void event() {
        std::string subject = "event.";
        subject.append(names[input_.below(5)]).append(".");
        subject.append(events[input_.below(events.size())]);
        core_.publish(subject, text(payloads));
    }

    void system() {
        if (Seat* at = seat()) {
            core_.publish("conn." + at->client->cid() + ".token", text(tokens));
        } else {
            core_.publish(input_.flip() ? "system.reset" : "system.tokenReset",
                          text(system_payloads));
        }
    }

    /// Hub and loops see what they are sent when the input says so, or at once.
    void exchange() {
        const std::size_t what = input_.below(6);
        if (what < 2) {
            core_.pump_to_loop(what);
        } else if (what < 4) {
            core_.pump_to_hub(what - 2);
        } else {
            core_.automatic = what == 4;
        }
    }

    void look(Seat& seat) {
        while (seat.client->waiting() > 0) {
            const test::Json message = seat.client->next();
            require(message.is_object(), "every message is an object");
            if (message.contains("event")) {
                require(!message.contains("id") && message.size() == 2, "an event ([EVT-1])");
                continue;
            }
            require(message.contains("id"), "a response has an id ([RSP-1])");
            if (!seat.spoke_freely) {
                const auto found = seat.unanswered.find(message["id"].get<std::uint64_t>());
                require(found != seat.unanswered.end(), "nothing is answered twice ([CLI-5])");
                seat.unanswered.erase(found);
            }
        }
    }

    /// Lets everything time out, and what comes of it.
    void settle() {
        for (int i = 0; i < 64; ++i) {
            core_.advance(i % 8 == 0 ? 3600s : 10s);
        }
    }

    Input& input_;
    Core core_;
    std::vector<Seat> seats_;
};

}  // namespace

FUZZ_TARGET(core) {
    // Expectations of the harness end the process like ours do.
    testing::FLAGS_gtest_throw_on_failure = true;
    Input script(input);
    Run run(script);
    while (!script.empty()) {
        run.step();
    }
    run.finish();
}

}  // namespace resgate::fuzz
