#include "gateway/exchange.h"

#include <functional>
#include <future>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "base/once_log.h"
#include "cache/hub.h"
#include "net/event_loop.h"
#include "support/core.h"

namespace resgate::gateway {
namespace {

/// Answers each request with its payload, in a call of its own on the hub's loop.
class EchoBus final : public cache::Bus {
  public:
    explicit EchoBus(net::EventLoop& loop) : loop_(loop) {}

    void subscribe(std::string_view, Subscriber&) override {}

    void unsubscribe(std::string_view, Subscriber&) override {}

    void request(cache::RequestType, std::string_view, std::string_view payload,
                 std::chrono::milliseconds, Done&& done) override {
        EXPECT_TRUE(loop_.in_loop_thread());
        loop_.post([done = std::make_shared<Done>(std::move(done)), text = std::string(payload)] {
            (*done)({cache::Outcome::Kind::reply, text});
        });
    }

  private:
    net::EventLoop& loop_;
};

/// A hub on a loop of its own thread, and what loops it is connected with.
struct ExchangeTest : testing::Test {
    ExchangeTest() { exchange.connect(hub); }

    ~ExchangeTest() override {
        for (const auto& loop : own_loops)
            loop->stop();
        hub_loop.stop();
    }

    /// What the hub has for a loop.
    struct Side {
        net::EventLoop* loop = nullptr;
        cache::HubPort* port = nullptr;
        std::vector<cache::Serial> replies;
        std::size_t wanted = 0;
        std::promise<void> complete;
    };

    Side& add(net::EventLoop& loop) {
        sides.push_back(std::make_unique<Side>());
        Side& side = *sides.back();
        side.loop = &loop;
        side.port = &exchange.add(loop, [&side](std::span<cache::LoopMessage> messages) {
            EXPECT_TRUE(side.loop->in_loop_thread());
            for (const cache::LoopMessage& message : messages) {
                const auto& reply = std::get<cache::ServiceReply>(message);
                EXPECT_EQ(reply.outcome.payload, std::to_string(reply.request));
                side.replies.push_back(reply.request);
            }
            if (side.replies.size() == side.wanted)
                side.complete.set_value();
        });
        return side;
    }

    Side& add_own_loop() {
        own_loops.push_back(std::make_unique<net::EventLoop>("io"));
        return add(*own_loops.back());
    }

    void start() {
        for (const auto& loop : own_loops)
            loop->start();
        hub_loop.start();
    }

    /// Makes requests, so many in a turn of the loop, and checks that each gets its reply, in
    /// order.
    static void ask(Side& side, std::size_t turns, std::size_t in_a_turn) {
        side.replies.clear();
        side.wanted = turns * in_a_turn;
        side.complete = {};
        cache::Serial last = 0;
        for (std::size_t turn = 0; turn < turns; ++turn) {
            std::promise<void> posted;
            side.loop->post([&] {
                for (std::size_t i = 0; i < in_a_turn; ++i) {
                    const std::string text = std::to_string(++last);
                    constexpr std::string_view subject = "call.a.model.do";
                    cache::ServiceRequest request;
                    request.request = last;
                    request.kind = cache::RequestKind::call;
                    request.name_begin = 5;
                    request.name_size = 7;
                    request.subject_size = subject.size();
                    request.text = std::string(subject) + text;
                    side.port->post(std::move(request));
                }
                posted.set_value();
            });
            posted.get_future().get();
        }
        side.complete.get_future().get();
        std::vector<cache::Serial> expected(side.wanted);
        std::iota(expected.begin(), expected.end(), cache::Serial{1});
        std::promise<std::vector<cache::Serial>> replies;
        side.loop->post([&] { replies.set_value(side.replies); });
        EXPECT_EQ(replies.get_future().get(), expected);
    }

    net::EventLoop hub_loop{"hub"};
    std::vector<std::unique_ptr<net::EventLoop>> own_loops;
    test::RecordingLog log;
    OnceLog once_log{log};
    EchoBus bus{hub_loop};
    Exchange exchange{hub_loop};
    cache::Hub hub{bus, hub_loop.timers(), log, once_log, exchange, 2, {}};
    std::vector<std::unique_ptr<Side>> sides;
};

TEST_F(ExchangeTest, KeepsTheOrderBothWaysWithinOneLoop) {
    Side& side = add(hub_loop);
    start();
    ask(side, 20, 1);
    ask(side, 20, 100);
}

// One at a time each side is visited, many at a time it is woken up.
TEST_F(ExchangeTest, KeepsTheOrderBothWaysBetweenLoops) {
    Side& side = add_own_loop();
    start();
    ask(side, 500, 1);
    ask(side, 100, 10);
    ask(side, 100, 100);
}

TEST_F(ExchangeTest, HandsRepliesToTheLoopThatAsked) {
    Side& first = add_own_loop();
    Side& second = add_own_loop();
    start();
    std::thread other([&] { ask(second, 300, 3); });
    ask(first, 300, 5);
    other.join();
}

}  // namespace
}  // namespace resgate::gateway
