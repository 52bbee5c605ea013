#include "nats/requests.h"

#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "support/simulated_timers.h"

namespace resgate::nats {
namespace {

using namespace std::chrono_literals;

struct Published {
    std::string subject;
    std::string reply;
    std::string payload;
};

class FakePublisher final : public Publisher {
  public:
    std::vector<Published> published;
    SendStatus status = SendStatus::sent;

    SendStatus publish(std::string_view subject, std::string_view reply,
                       std::string_view payload) override {
        if (status == SendStatus::sent) {
            published.push_back({std::string(subject), std::string(reply), std::string(payload)});
        }
        return status;
    }
};

class RecordedLog final : public Log {
  public:
    std::vector<std::string> lines;
    bool tracing = true;

    bool enabled(LogLevel) const override { return tracing; }

    void write(LogLevel level, std::string_view text) override {
        EXPECT_EQ(level, LogLevel::trace);
        lines.emplace_back(text);
    }
};

struct Ended {
    Outcome::Kind kind;
    std::string payload;

    bool operator==(const Ended&) const = default;
};

class RequestsTest : public testing::Test {
  protected:
    test::SimulatedTimers timers_;
    FakePublisher publisher_;
    RecordedLog log_;
    Requests requests_{publisher_, timers_, log_, "_INBOX.0123456789012345678901"};
    std::vector<Ended> ended_;

    Requests::Callback record() {
        return [this](Outcome&& outcome) {
            ended_.push_back({outcome.kind, std::string(outcome.payload)});
        };
    }

    void request(std::string_view subject = "get.a", std::chrono::milliseconds timeout = 3000ms) {
        requests_.request(subject, "{}", timeout, record());
    }

    void receive(std::string_view subject, std::string_view payload, unsigned status = 0) {
        Message message;
        message.subject = subject;
        message.payload = payload;
        message.status = status;
        requests_.receive(message);
    }

    void reply(std::string_view payload, unsigned status = 0) {
        receive(publisher_.published.back().reply, payload, status);
    }
};

using Kind = Outcome::Kind;

TEST_F(RequestsTest, PublishesOnceAndHandsOverTheReply) {  // [REQ-1]
    request();
    ASSERT_EQ(publisher_.published.size(), 1U);
    EXPECT_EQ(publisher_.published[0].subject, "get.a");
    EXPECT_EQ(publisher_.published[0].payload, "{}");
    EXPECT_EQ(requests_.pending(), 1U);
    reply(R"({"result":1})");
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::reply, R"({"result":1})"}}));
    EXPECT_EQ(requests_.pending(), 0U);
    EXPECT_EQ(timers_.running(), 0U);
    EXPECT_EQ(publisher_.published.size(), 1U);
}

TEST_F(RequestsTest, UsesAFreshReplySubjectUnderTheInboxEachTime) {  // [REQ-1], [DEC-12]
    EXPECT_EQ(requests_.inbox_subject(), "_INBOX.0123456789012345678901.*");
    std::set<std::string> seen;
    for (int i = 0; i < 5000; ++i) {
        request();
        const std::string reply_subject = publisher_.published.back().reply;
        EXPECT_TRUE(reply_subject.starts_with("_INBOX.0123456789012345678901."));
        EXPECT_EQ(reply_subject.find('.', 30), std::string::npos);
        EXPECT_TRUE(seen.insert(reply_subject).second);
    }
}

TEST_F(RequestsTest, RoutesEachReplyToItsRequest) {
    std::vector<std::string> order;
    for (const std::string_view name : {"a", "b", "c"}) {
        requests_.request(name, "", 1s, [&order, name](Outcome&& outcome) {
            order.push_back(std::string(name) + std::string(outcome.payload));
        });
    }
    receive(publisher_.published[2].reply, "{3}");
    receive(publisher_.published[0].reply, "{1}");
    receive(publisher_.published[1].reply, "{2}");
    EXPECT_EQ(order, (std::vector<std::string>{"c{3}", "a{1}", "b{2}"}));
}

TEST_F(RequestsTest, DiscardsWhatFollowsTheFinalReply) {  // [RPL-2]
    request();
    reply("{}");
    reply("{}");
    reply("timeout:\"1\"");
    reply("", status_no_responders);
    timers_.advance(1h);
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(RequestsTest, TimesOutExactlyAfterTheTimeout) {  // [TMO-1]
    request("get.a", 3000ms);
    timers_.advance(2999ms);
    EXPECT_TRUE(ended_.empty());
    timers_.advance(1ms);
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::timeout, ""}}));
    EXPECT_EQ(requests_.pending(), 0U);
}

TEST_F(RequestsTest, IgnoresALateReply) {  // [TMO-2]
    request();
    timers_.advance(3000ms);
    reply("{}");
    reply("timeout:\"100\"");
    timers_.advance(1h);
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::timeout, ""}}));
}

TEST_F(RequestsTest, RestartsTheTimeoutOnAPreResponseLaterOrSooner) {  // [RPL-1], [TMO-4]
    request("get.a", 3000ms);
    timers_.advance(2000ms);
    reply("timeout:\"15000\"");
    timers_.advance(14000ms);
    reply("timeout:\"500\"");
    timers_.advance(499ms);
    EXPECT_TRUE(ended_.empty());
    timers_.advance(1ms);
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::timeout, ""}}));
    EXPECT_EQ(timers_.running(), 0U);
}

TEST_F(RequestsTest, TakesTheReplyAfterAPreResponse) {  // [RPL-2]
    request();
    reply("timeout:\"15000\"");
    timers_.advance(10000ms);
    reply("{}");
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::reply, "{}"}}));
    EXPECT_EQ(timers_.running(), 0U);
}

TEST_F(RequestsTest, TimesOutAtOnceOnAPreResponseOfZeroOrLess) {  // [TMO-4]
    for (const std::string_view text : {"timeout:\"0\"", "timeout:\"-5\""}) {
        ended_.clear();
        request();
        reply(text);
        reply("{}");
        EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::timeout, ""}}));
        EXPECT_EQ(timers_.running(), 0U);
    }
}

TEST_F(RequestsTest, CountsMoreThanAnHourAsOneHour) {  // [TMO-4]
    request();
    reply("timeout:\"999999999\"");
    timers_.advance(Limits::longest_timeout - 1ms);
    EXPECT_TRUE(ended_.empty());
    timers_.advance(1ms);
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(RequestsTest, ChangesNothingOnAPreResponseThatDoesNotParse) {  // [TMO-5]
    request("get.a", 3000ms);
    timers_.advance(1000ms);
    for (const std::string_view text :
         {"timeout:200", "timeout: \"200\"", "timeout:\"abc\"", "TIMEOUT:\"100\"", "null"}) {
        reply(text);
    }
    timers_.advance(1999ms);
    EXPECT_TRUE(ended_.empty());
    timers_.advance(1ms);
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::timeout, ""}}));
}

TEST_F(RequestsTest, TakesLeadingWhitespaceForAFinalReply) {  // [RPL-1]
    request();
    reply(" timeout:\"200\"");
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::reply, " timeout:\"200\""}}));
}

TEST_F(RequestsTest, FailsAtOnceWithoutResponders) {  // [RPL-3]
    request();
    reply("", status_no_responders);
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::no_responders, ""}}));
    EXPECT_EQ(timers_.running(), 0U);
}

TEST_F(RequestsTest, TakesAnEmptyMessageWithoutThatStatusForAReply) {  // [RPL-4], [OPS-49]
    request();
    reply("");
    request();
    reply("", 404);
    request();
    reply("{}", status_no_responders);
    EXPECT_EQ(ended_,
              (std::vector<Ended>{{Kind::reply, ""}, {Kind::reply, ""}, {Kind::reply, "{}"}}));
}

TEST_F(RequestsTest, FailsAsynchronouslyIfItCannotBeSent) {  // [REQ-8], [REQ-9], [SUBJ-8]
    const std::vector<std::pair<SendStatus, Kind>> cases = {
        {SendStatus::subject_too_long, Kind::subject_too_long},
        {SendStatus::payload_too_large, Kind::payload_too_large},
        {SendStatus::invalid_subject, Kind::not_sent},
        {SendStatus::closed, Kind::not_sent},
    };
    for (const auto& [status, kind] : cases) {
        publisher_.status = status;
        ended_.clear();
        request();
        EXPECT_TRUE(ended_.empty());
        timers_.run_due();
        EXPECT_EQ(ended_, (std::vector<Ended>{{kind, ""}}));
        EXPECT_EQ(requests_.pending(), 0U);
    }
    EXPECT_TRUE(log_.lines.empty());
}

TEST_F(RequestsTest, IgnoresRepliesToWhatWasNeverSent) {
    request();
    publisher_.status = SendStatus::subject_too_long;
    request();
    receive("_INBOX.0123456789012345678901.000002", "{}");
    EXPECT_TRUE(ended_.empty());
    timers_.run_due();
    EXPECT_EQ(ended_, (std::vector<Ended>{{Kind::subject_too_long, ""}}));
}

TEST_F(RequestsTest, IgnoresSubjectsItNeverGave) {
    request();
    const std::string own = publisher_.published.back().reply;
    ASSERT_EQ(own, "_INBOX.0123456789012345678901.000001");
    for (const std::string subject :
         {"", "_INBOX.x.000001", "_INBOX.0123456789012345678901.", "0000001", "00001", "00000-1",
          "000001.x", "zzzzzzzzzzz", "000002"}) {
        receive(subject, "{}");
        receive("_INBOX.0123456789012345678901." + subject, "{}");
    }
    EXPECT_TRUE(ended_.empty());
    receive(own, "{}");
    EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(RequestsTest, AllowsRequestsFromWithinACallback) {
    requests_.request("a", "", 1s, [this](Outcome&&) {
        for (int i = 0; i < 100; ++i) {
            request();
        }
    });
    reply("{}");
    EXPECT_EQ(requests_.pending(), 100U);
    timers_.advance(3000ms);
    EXPECT_EQ(ended_.size(), 100U);
}

TEST_F(RequestsTest, ForgetsUnansweredRequestsWhenItEnds) {
    {
        Requests others(publisher_, timers_, log_, "_INBOX.x");
        others.request("a", "", 1s, record());
        publisher_.status = SendStatus::closed;
        others.request("a", "", 1s, record());
    }
    EXPECT_EQ(timers_.running(), 0U);
    EXPECT_TRUE(ended_.empty());
}

TEST_F(RequestsTest, TracesARequestFromBeginningToEnd) {  // [OPS-63]
    request("get.a");
    reply("timeout:\"1\"");
    reply("{}");
    request("get.b");
    reply("", status_no_responders);
    request("get.c");
    timers_.advance(1h);
    reply("{}");
    EXPECT_EQ(log_.lines, (std::vector<std::string>{
                              "<== (000001) get.a: {}",
                              "==> (000001): timeout:\"1\"",
                              "==> (000001): {}",
                              "<== (000002) get.b: {}",
                              "x=> (000002) No responders",
                              "<== (000003) get.c: {}",
                              "x=> (000003) Request timeout",
                          }));
}

TEST_F(RequestsTest, TracesNothingUnlessAsked) {
    log_.tracing = false;
    request();
    reply("", status_no_responders);
    request();
    timers_.advance(1h);
    EXPECT_TRUE(log_.lines.empty());
}

TEST(NewInbox, HasTwentyTwoRandomCharacters) {
    std::uint32_t state = 1;
    const Random random = [&state] {
        state = state * 1664525U + 1013904223U;
        return state;
    };
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string inbox = new_inbox(random);
        EXPECT_EQ(inbox.size(), 29U);
        EXPECT_TRUE(inbox.starts_with("_INBOX."));
        EXPECT_EQ(inbox.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "abcdefghijklmnopqrstuvwxyz",
                                          7),
                  std::string::npos);
        EXPECT_TRUE(seen.insert(inbox).second);
    }
}

}  // namespace
}  // namespace resgate::nats
