#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/once_log.h"
#include "cache/hub.h"
#include "session/sessions.h"

/// The core with one loop, on a bus in memory whose services answer at once, without a socket, a
/// clock or a check: what is left is what the core itself costs.
namespace resgate::bench {

class CoreClient;

class Core final : private cache::Bus, private cache::LoopPort, private cache::HubPort {
  public:
    Core();
    ~Core() override;

    /// A client that has announced its version. Lives as long as the core.
    CoreClient& connect();

    /// An event from a service, carried through to all clients.
    void publish(const std::string& subject, std::string_view payload);

    /// Lets time pass: resources that nobody uses leave the cache.
    void pass_time() { timers_.fire_all(); }

    session::Sessions& sessions() { return *sessions_; }

    /// Carries everything through to the end.
    void pump();

  private:
    /// Timers that fire when they are told to.
    class ManualTimers final : public Timers {
      public:
        TimePoint now() const override { return {}; }

        TimerId start(std::chrono::milliseconds, std::function<void()> action) override;
        void cancel(TimerId timer) override;
        void fire_all();

      private:
        std::unordered_map<std::uint64_t, std::function<void()>> running_;
        std::uint64_t last_ = 0;
    };

    class NoLog final : public Log {
      public:
        bool enabled(LogLevel) const override { return false; }

        void write(LogLevel, std::string_view) override {}
    };

    struct Asked {
        std::string_view reply;
        Done done;
    };

    void subscribe(std::string_view subject, Subscriber& subscriber) override;
    void unsubscribe(std::string_view subject, Subscriber& subscriber) override;
    void request(cache::RequestType type, std::string_view subject, std::string_view payload,
                 std::chrono::milliseconds timeout, Done&& done) override;
    void post(cache::LoopIndex loop, cache::LoopMessage&& message) override;
    void post(cache::HubCommand&& command) override;

    ManualTimers timers_;
    NoLog log_;
    OnceLog once_log_{log_};
    std::uint32_t random_state_ = 1;
    std::unordered_map<std::string, Subscriber*> subscribers_;  ///< without the `*` at the end
    std::uint64_t last_subscription_ = 0;
    std::deque<Asked> asked_;
    std::deque<cache::HubCommand> to_hub_;
    std::deque<cache::LoopMessage> to_loop_;
    std::unique_ptr<cache::Hub> hub_;
    std::unique_ptr<session::Sessions> sessions_;
    std::vector<std::unique_ptr<CoreClient>> clients_;
};

class CoreClient final : public session::Client {
  public:
    explicit CoreClient(Core& core);

    void send(FramePtr message) override;

    void give_up() override {}

    void relieve() override {}

    /// Sends a request and carries it through; fails unless there was one answer.
    void ask(std::string_view message);

    session::Session& session() { return *session_; }

    std::size_t received = 0;

  private:
    Core& core_;
    session::Session* session_;
};

}  // namespace resgate::bench
