#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/once_log.h"
#include "cache/hub.h"
#include "nats/requests.h"
#include "session/sessions.h"
#include "support/simulated_timers.h"

/// The RES core on a bus in memory with a simulated clock: the test plays the clients and the
/// services. Every call that puts something in carries it through to the end, so a test reads like
/// the transcripts of part 90.
namespace resgate::test {

using Json = nlohmann::json;

/// Keeps what is logged.
class RecordingLog final : public Log {
  public:
    bool enabled(LogLevel) const override { return true; }

    void write(LogLevel level, std::string_view text) override {
        lines.emplace_back(level, std::string(text));
    }

    /// Number of error-level lines since the last call (10.10).
    std::size_t take_errors();

    std::vector<std::pair<LogLevel, std::string>> lines;

  private:
    std::size_t counted_ = 0;
};

class Core;

/// A request that reached the services.
struct ServiceCall {
    std::string subject;
    Json payload;
    std::string reply_subject;
    std::string text;  ///< the payload as sent ([JSN-2])
};

/// A client's end of a session, with the messages it was sent and did not look at yet.
class TestClient final : public session::Client {
  public:
    TestClient(Core& core, std::size_t loop, std::string handshake);

    void send(FramePtr message) override;  // what the session sends

    void give_up() override { given_up_ = true; }

    void relieve() override { ++relieved_; }

    /// How often the client was told that less is kept for it ([LMT-11]).
    std::size_t relieved() const { return relieved_; }

    /// The session asked to have the client closed ([LMT-15]).
    bool given_up() const { return given_up_; }

    std::string cid() const { return std::string(session_->cid()); }

    session::Session& session() { return *session_; }

    /// Sends a text as it is.
    void say(std::string_view text);
    /// Sends a request with a fresh id, which is returned. `params` as JSON text, or nothing.
    std::uint64_t request(std::string_view method, std::optional<std::string> params = {});
    void disconnect();

    /// The next message; a failed expectation and null if there is none.
    Json next();
    /// Expects the next message to be this one.
    void expect(std::string_view json);
    void expect_result(std::uint64_t id, std::string_view result);
    void expect_error(std::uint64_t id, std::string_view code);
    void expect_event(std::string_view event, std::string_view data);
    void expect_nothing();

    std::size_t waiting() const { return messages_.size(); }

    /// The message last sent to the client, as sent ([JSN-2]).
    const std::string& last_text() const { return last_text_; }

  private:
    Core& core_;
    session::Sessions& sessions_;
    session::Session* session_;
    std::uint64_t last_id_ = 0;
    std::deque<Json> messages_;
    std::string last_text_;
    bool given_up_ = false;
    std::size_t relieved_ = 0;
};

class Core final : private cache::Bus, private cache::LoopPort, private nats::Publisher {
  public:
    struct Options {
        cache::Settings settings;
        std::size_t loops = 1;
        std::size_t max_subscriptions = 0;
        std::size_t max_held_bytes = 0;
    };

    Core() : Core(Options()) {}

    explicit Core(Options options);
    ~Core() override;

    /// A client that has announced version 1.999.999, or `version`, or none if it is empty.
    TestClient& connect(std::string version = "1.999.999", std::size_t loop = 0);

    session::Sessions& sessions(std::size_t loop = 0) { return *loops_[loop]->sessions; }

    /// Takes the pending request on that subject, which must be there (requests that go out at the
    /// same time have no order).
    ServiceCall take(std::string_view subject);
    std::vector<std::string> pending_subjects() const;
    void expect_no_request();

    void reply(const ServiceCall& call, std::string_view payload);
    void reply_no_responders(const ServiceCall& call);
    /// Takes the request on `subject` and answers it.
    void answer(std::string_view subject, std::string_view payload);
    /// Answers both requests of a first subscribe or get: access granted.
    void serve(std::string_view name, std::string_view result);

    void publish(std::string_view subject, std::string_view payload = {});
    void advance(std::chrono::milliseconds duration);

    /// Lets requests that cannot be sent fail, and timers of no delay fire.
    void settle() { advance(std::chrono::milliseconds(0)); }

    /// Subjects subscribed at the messaging system, without the three fixed ones ([SUBJ-1]).
    std::set<std::string> event_subscriptions() const;

    const cache::Hub& hub() const { return *hub_; }

    RecordingLog log;

    /// Requests to services so far ([MTX-4]).
    std::map<cache::RequestType, std::size_t> requests_made;

    /// Exchanges messages between hub and loops until there are none.
    void pump();
    /// While false, nothing is exchanged by itself: a test interleaves with `pump_one`.
    bool automatic = true;
    /// Hands over one message from the hub to a loop, or one command of a loop; false if none.
    bool pump_to_loop(std::size_t loop);
    /// Hands over all that the hub has for a loop, at once; false if there is nothing.
    bool pump_all_to_loop(std::size_t loop);
    bool pump_to_hub(std::size_t loop);

    static constexpr std::size_t max_payload = 1048576;

  private:
    friend class TestClient;

    struct Loop final : cache::HubPort {
        void post(cache::HubCommand&& command) override { to_hub.push_back(std::move(command)); }

        std::deque<cache::HubCommand> to_hub;
        std::deque<cache::LoopMessage> to_loop;
        std::unique_ptr<session::Sessions> sessions;
        std::vector<std::unique_ptr<TestClient>> clients;
    };

    void subscribe(std::string_view subject, Subscriber& subscriber) override;
    void unsubscribe(std::string_view subject, Subscriber& subscriber) override;
    void request(cache::RequestType type, std::string_view subject, std::string_view payload,
                 std::chrono::milliseconds timeout, Done&& done) override;
    void post(cache::LoopIndex loop, cache::LoopMessage&& message) override;
    nats::SendStatus publish(std::string_view subject, std::string_view reply,
                             std::string_view payload) override;

    struct Subscribed {
        std::string subject;
        Subscriber* subscriber;
    };

    SimulatedTimers timers_;
    OnceLog once_log_{log};
    std::uint32_t random_state_ = 1;
    nats::Requests requests_;
    std::map<SubscriptionId, Subscribed> subscribed_;
    std::uint64_t last_subscription_ = 0;
    std::deque<ServiceCall> calls_;
    std::vector<std::unique_ptr<Loop>> loops_;
    std::unique_ptr<cache::Hub> hub_;
};

/// `{"result":{"model":...}}` and so on.
std::string model(std::string_view json);
std::string collection(std::string_view json);
inline constexpr std::string_view granted = R"({"result":{"get":true}})";
inline constexpr std::string_view full = R"({"result":{"get":true,"call":"*"}})";
inline constexpr std::string_view denied = R"({"result":{"get":false}})";
inline constexpr std::string_view not_found =
    R"({"error":{"code":"system.notFound","message":"Not found"}})";

}  // namespace resgate::test
