// The connection against a real server, and against an independent client on the other side.

#include <thread>

#include <gtest/gtest.h>
#include <nats/nats.h>

#include "base/limits.h"
#include "nats/observed_connection.h"
#include "nats/requests.h"
#include "support/nats_server.h"
#include "support/simulated_timers.h"

namespace resgate::nats {
namespace {

using namespace std::chrono_literals;

class NoLog final : public Log {
  public:
    bool enabled(LogLevel) const override { return false; }

    void write(LogLevel, std::string_view) override {}
};

/// A service of the other implementation.
class OtherClient {
  public:
    natsConnection* connection = nullptr;

    explicit OtherClient(const std::string& url) {
        EXPECT_EQ(natsConnection_ConnectTo(&connection, url.c_str()), NATS_OK);
    }

    ~OtherClient() { natsConnection_Destroy(connection); }

    void publish(const char* subject, std::string_view payload) {
        EXPECT_EQ(natsConnection_Publish(connection, subject, payload.data(),
                                         static_cast<int>(payload.size())),
                  NATS_OK);
    }

    void flush() { EXPECT_EQ(natsConnection_FlushTimeout(connection, 10000), NATS_OK); }
};

class ConnectionToServer : public testing::Test {
  protected:
    test::NatsServer server_;
    net::EventLoop loop_{"test"};
    ObservedConnection observed_{loop_, ObservedConnection::options(server_.url())};
    Connection& connection_ = observed_.connection;

    void SetUp() override { observed_.connect(); }
};

TEST_F(ConnectionToServer, ReceivesWhatItSubscribesTo) {  // [NAT-2]
    const Sid one = connection_.subscribe("system.*").value();
    const Sid two = connection_.subscribe("conn.*.*").value();
    EXPECT_NE(one, two);
    observed_.round_trip();
    OtherClient other(server_.url());
    other.publish("system.reset", "{}");
    other.publish("elsewhere", "x");
    other.publish("conn.a.token", "");
    EXPECT_EQ(natsConnection_PublishRequestString(other.connection, "system.x", "reply.to", "y"),
              NATS_OK);
    other.flush();
    observed_.wait_received(3);
    EXPECT_EQ(observed_.received, (std::vector<Received>{{one, "system.reset", "", "{}", 0},
                                                         {two, "conn.a.token", "", "", 0},
                                                         {one, "system.x", "reply.to", "y", 0}}));
}

TEST_F(ConnectionToServer, ReceivesNothingMoreAfterUnsubscribing) {
    const Sid sid = connection_.subscribe("event.a.*").value();
    observed_.round_trip();
    connection_.unsubscribe(sid);
    connection_.publish("event.a.change", "", "{}");
    observed_.round_trip();
    EXPECT_TRUE(observed_.received.empty());
    EXPECT_NE(connection_.subscribe("event.a.*").value(), sid);
}

TEST_F(ConnectionToServer, ReceivesHeadersAndPayload) {
    ASSERT_TRUE(connection_.subscribe("a"));
    observed_.round_trip();
    OtherClient other(server_.url());
    natsMsg* message = nullptr;
    ASSERT_EQ(natsMsg_Create(&message, "a", nullptr, "{\"x\":1}", 7), NATS_OK);
    ASSERT_EQ(natsMsgHeader_Set(message, "Key", "value"), NATS_OK);
    std::string headers;
    observed_.when_message = [&](const Message& received) { headers = received.headers; };
    EXPECT_EQ(natsConnection_PublishMsg(other.connection, message), NATS_OK);
    natsMsg_Destroy(message);
    other.flush();
    observed_.wait_received(1);
    EXPECT_EQ(observed_.received.at(0).payload, "{\"x\":1}");
    EXPECT_EQ(observed_.received.at(0).status, 0U);
    EXPECT_TRUE(headers.starts_with("NATS/1.0\r\nKey: value\r\n")) << headers;
}

TEST_F(ConnectionToServer, PublishesWhatTheOtherClientReceives) {
    OtherClient other(server_.url());
    natsSubscription* subscription = nullptr;
    ASSERT_EQ(natsConnection_SubscribeSync(&subscription, other.connection, "get.>"), NATS_OK);
    other.flush();
    EXPECT_EQ(connection_.publish("get.a.b", "in.box", "{}"), SendStatus::sent);
    EXPECT_EQ(connection_.publish("get.c", "", ""), SendStatus::sent);
    connection_.flush();
    natsMsg* message = nullptr;
    ASSERT_EQ(natsSubscription_NextMsg(&message, subscription, 10000), NATS_OK);
    EXPECT_STREQ(natsMsg_GetSubject(message), "get.a.b");
    EXPECT_STREQ(natsMsg_GetReply(message), "in.box");
    EXPECT_STREQ(natsMsg_GetData(message), "{}");
    natsMsg_Destroy(message);
    ASSERT_EQ(natsSubscription_NextMsg(&message, subscription, 10000), NATS_OK);
    EXPECT_STREQ(natsMsg_GetSubject(message), "get.c");
    EXPECT_EQ(natsMsg_GetDataLength(message), 0);
    natsMsg_Destroy(message);
    natsSubscription_Destroy(subscription);
}

TEST_F(ConnectionToServer, KeepsTheOrderAcrossSubscriptionsAndEndsEachBatch) {  // [OPS-48], [NAT-5]
    constexpr std::size_t count = 20000;
    std::vector<Sid> sids;
    for (const char* subject : {"s.0", "s.1", "s.2"}) {
        sids.push_back(connection_.subscribe(subject).value());
    }
    observed_.round_trip();
    observed_.batches.clear();
    OtherClient other(server_.url());
    for (std::size_t i = 0; i < count; ++i) {
        const std::string subject = "s." + std::to_string(i % 3);
        other.publish(subject.c_str(), std::to_string(i) + std::string(i % 700, 'x'));
    }
    other.flush();
    observed_.wait_received(count);
    ASSERT_EQ(observed_.received.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const Received& message = observed_.received[i];
        ASSERT_EQ(message.sid, sids[i % 3]);
        ASSERT_EQ(message.payload, std::to_string(i) + std::string(i % 700, 'x'));
    }
    run_until(loop_,
              [&] { return !observed_.batches.empty() && observed_.batches.back() == count; });
    EXPECT_LT(observed_.batches.size(), count / 10);
}

TEST_F(ConnectionToServer, CarriesPayloadsUpToTheLimitAndRefusesMore) {  // [REQ-8], [OPS-53]
    EXPECT_EQ(connection_.max_payload(), 1048576U);
    ASSERT_TRUE(connection_.subscribe("big"));
    const std::string largest(1048576, 'x');
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(connection_.publish("big", "", largest), SendStatus::sent);
    }
    EXPECT_EQ(connection_.publish("big", "", largest + "x"), SendStatus::payload_too_large);
    observed_.wait_received(20);
    ASSERT_EQ(observed_.received.size(), 20U);
    for (const Received& message : observed_.received) {
        EXPECT_EQ(message.payload, largest);
    }
}

TEST_F(ConnectionToServer, SurvivesSubjectsOfEveryLength) {  // [SUBJ-8], [NAT-6]
    const std::string inbox = "_INBOX.0123456789012345678901.000001";
    for (std::size_t size = 3850; size < 4150; ++size) {
        const std::string subject(size, 'a');
        const bool published = connection_.publish(subject, inbox, "{}") == SendStatus::sent;
        const auto subscribed = connection_.subscribe(subject);
        if (size <= 3900) {
            EXPECT_TRUE(published);
            EXPECT_TRUE(subscribed);
        }
        if (size > Limits::nats_control_line) {
            EXPECT_FALSE(published);
            EXPECT_EQ(subscribed.error(), SendStatus::subject_too_long);
        }
        observed_.round_trip();
        ASSERT_FALSE(observed_.closed) << *observed_.closed << " at " << size;
    }
    EXPECT_EQ(connection_.publish(std::string(10000, 'a'), "", ""), SendStatus::subject_too_long);
}

TEST_F(ConnectionToServer, NeverSendsASubjectThatIsNone) {  // [SUBJ-9], [NAT-6]
    for (const std::string subject :
         {"", ".", "a..b", ".a", "a.", "a b", "a\r\nPING\r\n", "a\tb", "a\x01", "a\x7f"}) {
        EXPECT_EQ(connection_.publish(subject, "", "x"), SendStatus::invalid_subject) << subject;
        EXPECT_EQ(connection_.subscribe(subject).error(), SendStatus::invalid_subject) << subject;
    }
    observed_.round_trip();
    EXPECT_FALSE(observed_.closed);
    EXPECT_TRUE(observed_.errors.empty());
}

TEST_F(ConnectionToServer, FlushesAndThenClosesInOrder) {
    OtherClient other(server_.url());
    natsSubscription* subscription = nullptr;
    ASSERT_EQ(natsConnection_SubscribeSync(&subscription, other.connection, "last"), NATS_OK);
    other.flush();
    ASSERT_TRUE(connection_.subscribe("last"));
    EXPECT_EQ(connection_.publish("last", "", "words"), SendStatus::sent);
    connection_.close();
    connection_.close();
    EXPECT_FALSE(observed_.closed);
    EXPECT_EQ(connection_.publish("last", "", "x"), SendStatus::closed);
    EXPECT_EQ(connection_.subscribe("x").error(), SendStatus::closed);
    EXPECT_EQ(observed_.wait_closed(), "");
    EXPECT_TRUE(observed_.received.empty());
    natsMsg* message = nullptr;
    ASSERT_EQ(natsSubscription_NextMsg(&message, subscription, 10000), NATS_OK);
    EXPECT_STREQ(natsMsg_GetData(message), "words");
    natsMsg_Destroy(message);
    natsSubscription_Destroy(subscription);
    connection_.close();
}

TEST_F(ConnectionToServer, EndsWhenTheServerIsKilled) {  // [OPS-30]
    server_.stop(SIGKILL);
    EXPECT_EQ(observed_.wait_closed(), "EOF");
    EXPECT_FALSE(connection_.connected());
    EXPECT_EQ(connection_.publish("a", "", ""), SendStatus::closed);
}

TEST(ConnectionToPausedServer, EndsAsStale) {  // [OPS-46], [OPS-30]
    test::NatsServer server;
    net::EventLoop loop("test");
    ConnectionOptions options = ObservedConnection::options(server.url());
    options.ping_interval = 150ms;
    ObservedConnection observed(loop, options);
    observed.connect();
    // It answers pings, so that the connection outlives several of them.
    run_for(loop, 3 * options.ping_interval);
    ASSERT_FALSE(observed.closed) << *observed.closed;
    server.pause();
    EXPECT_EQ(observed.wait_closed(), "nats: stale connection");
    server.resume();
}

TEST_F(ConnectionToServer, StaysSilentWhenDestroyedAtOnce) {
    for (int i = 0; i < 20; ++i) {
        ObservedConnection brief(loop_, ObservedConnection::options(server_.url()));
        brief.connection.start();
        for (int turn = 0; turn < i; ++turn) {
            loop_.take_turn(5ms);
        }
        brief.connection.publish("a", "", "x");
    }
    take_turn(loop_);
    observed_.round_trip();
    EXPECT_FALSE(observed_.closed);
}

class RequestsOverServer : public ConnectionToServer {
  protected:
    test::SimulatedTimers timers_;
    NoLog log_;
    std::mt19937 random_{7};
    Requests requests_{connection_, timers_, log_, new_inbox([this] { return random_(); })};
    std::vector<std::pair<Outcome::Kind, std::string>> ended_;

    void SetUp() override {
        ConnectionToServer::SetUp();
        const Sid inbox = connection_.subscribe(requests_.inbox_subject()).value();
        observed_.when_message = [this, inbox](const Message& message) {
            if (message.sid == inbox) {
                requests_.receive(message);
            }
        };
    }

    void request(std::string_view subject, std::string_view payload) {
        requests_.request(subject, payload, 3s, [this](Outcome&& outcome) {
            ended_.emplace_back(outcome.kind, outcome.payload);
        });
    }

    void wait_ended(std::size_t count) {
        run_until(loop_, [&] { return ended_.size() >= count || observed_.closed; });
    }
};

TEST_F(RequestsOverServer, LearnAtOnceThatNobodyListens) {  // [RPL-3], [NAT-1]
    request("get.nobody", "{}");
    wait_ended(1);
    EXPECT_EQ(ended_.at(0).first, Outcome::Kind::no_responders);
}

TEST_F(RequestsOverServer, AreAnsweredByTheOtherClient) {
    OtherClient other(server_.url());
    natsSubscription* subscription = nullptr;
    const auto answer = [](natsConnection* connection, natsSubscription*, natsMsg* message, void*) {
        const std::string text = "{\"result\":" + std::string(natsMsg_GetData(message)) + "}";
        natsConnection_PublishString(connection, natsMsg_GetReply(message), "timeout:\"9000\"");
        natsConnection_PublishString(connection, natsMsg_GetReply(message), text.c_str());
        natsMsg_Destroy(message);
    };
    ASSERT_EQ(natsConnection_Subscribe(&subscription, other.connection, "call.>", answer, nullptr),
              NATS_OK);
    other.flush();
    for (int i = 0; i < 1000; ++i) {
        request("call.a.b", std::to_string(i));
    }
    wait_ended(1000);
    ASSERT_EQ(ended_.size(), 1000U);
    for (std::size_t i = 0; i < ended_.size(); ++i) {
        EXPECT_EQ(ended_[i].first, Outcome::Kind::reply);
        EXPECT_EQ(ended_[i].second, "{\"result\":" + std::to_string(i) + "}");
    }
    EXPECT_EQ(requests_.pending(), 0U);
    natsSubscription_Destroy(subscription);
}

TEST_F(RequestsOverServer, FailAloneIfTheyCannotBeSent) {  // [REQ-8], [REQ-9], [SUBJ-8]
    request("get." + std::string(10000, 'a'), "{}");
    request("get.a", std::string(1048577, 'x'));
    request("get.nobody", "{}");
    timers_.run_due();
    wait_ended(3);
    ASSERT_EQ(ended_.size(), 3U);
    EXPECT_EQ(ended_[0].first, Outcome::Kind::subject_too_long);
    EXPECT_EQ(ended_[1].first, Outcome::Kind::payload_too_large);
    EXPECT_EQ(ended_[2].first, Outcome::Kind::no_responders);
}

TEST_F(RequestsOverServer, OfTheOtherClientAreAnswered) {
    const Sid sid = connection_.subscribe("ask").value();
    observed_.round_trip();
    observed_.when_message = [&](const Message& message) {
        if (message.sid == sid) {
            connection_.publish(message.reply, "", "answer");
        }
    };
    bool done = false;
    std::string answer;
    std::thread asking([&] {
        OtherClient other(server_.url());
        natsMsg* reply = nullptr;
        if (natsConnection_RequestString(&reply, other.connection, "ask", "?", 10000) == NATS_OK) {
            answer = natsMsg_GetData(reply);
            natsMsg_Destroy(reply);
        }
        loop_.post([&done] { done = true; });
    });
    run_until(loop_, [&] { return done; });
    asking.join();
    EXPECT_EQ(answer, "answer");
}

std::string refusal(const std::string& url) {
    net::EventLoop loop("test");
    ObservedConnection observed(loop, ObservedConnection::options(url));
    observed.connection.start();
    return observed.wait_closed();
}

std::string with_credentials(const test::NatsServer& server, const std::string& credentials) {
    return "nats://" + credentials + "@127.0.0.1:" + std::to_string(server.port());
}

TEST(ConnectionCredentials, OfTheUrlLetUserAndPasswordIn) {  // [OPS-40], [OPS-42]
    test::NatsServer server({"--user", "us er", "--pass", "p@s:s"});
    net::EventLoop loop("test");
    ObservedConnection observed(
        loop, ObservedConnection::options(with_credentials(server, "us%20er:p%40s%3as")));
    observed.connect();
    EXPECT_EQ(refusal(with_credentials(server, "us%20er:wrong")), "nats: Authorization Violation");
    EXPECT_EQ(refusal(server.url()), "nats: Authorization Violation");
}

TEST(ConnectionCredentials, OfTheUrlLetATokenIn) {  // [OPS-40]
    test::NatsServer server({"--auth", "s3cret"});
    net::EventLoop loop("test");
    ObservedConnection observed(loop,
                                ObservedConnection::options(with_credentials(server, "s3cret")));
    observed.connect();
    EXPECT_EQ(refusal(with_credentials(server, "other")), "nats: Authorization Violation");
}

TEST(ConnectionCredentials, AreCompletedByTheAuthenticator) {  // [OPS-43]

    class Completing final : public Authenticator {
      public:
        std::string failure;

        Result<Credentials, std::string> credentials(const ServerInfo&,
                                                     Credentials from_url) override {
            if (!failure.empty()) {
                return failure;
            }
            EXPECT_EQ(from_url.user, "u");
            from_url.password = "p";
            return from_url;
        }
    };

    test::NatsServer server({"--user", "u", "--pass", "p"});
    Completing completing;
    net::EventLoop loop("test");
    ConnectionOptions options = ObservedConnection::options(with_credentials(server, "u:"));
    options.authenticator = &completing;
    ObservedConnection good(loop, options);
    good.connect();
    completing.failure = "no nkey seed found";
    ObservedConnection bad(loop, options);
    bad.connection.start();
    EXPECT_EQ(bad.wait_closed(), "no nkey seed found");
}

TEST(ConnectionPermissions, ViolationsAreReportedAndNotFatal) {  // [OPS-31]
    test::NatsServer server({}, R"(
        authorization {
            users = [{user: "u", password: "p", permissions: {
                publish: {deny: "secret.>"}, subscribe: {deny: "secret.>"}}}]
        })");
    net::EventLoop loop("test");
    ObservedConnection observed(loop, ObservedConnection::options(with_credentials(server, "u:p")));
    observed.connect();
    ASSERT_TRUE(observed.connection.subscribe("secret.a"));
    EXPECT_EQ(observed.connection.publish("secret.b", "", "x"), SendStatus::sent);
    observed.round_trip();
    EXPECT_FALSE(observed.closed);
    EXPECT_EQ(observed.errors, (std::vector<std::string>{
                                   "nats: Permissions Violation for Subscription to \"secret.a\"",
                                   "nats: Permissions Violation for Publish to \"secret.b\"",
                               }));
}

TEST(ConnectionServerList, UsesTheFirstThatWorksWhateverTheOrder) {  // [OPS-41], [NTX-1]
    test::NatsServer gone;
    const std::string dead = gone.url();
    gone.stop();
    test::NatsServer server;
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
        net::EventLoop loop("test");
        ObservedConnection observed(
            loop, ObservedConnection::options(dead + "," + server.url() + "," + dead), seed);
        observed.connect();
    }
    EXPECT_EQ(refusal(dead + "," + dead), "nats: no servers available for connection");
}

TEST(ConnectionToPausedServer, TimesOutInTheHandshake) {  // [OPS-41]
    test::NatsServer server;
    server.pause();
    net::EventLoop loop("test");
    ConnectionOptions options = ObservedConnection::options(server.url());
    options.connect_timeout = 50ms;
    ObservedConnection observed(loop, options);
    observed.connection.start();
    EXPECT_EQ(observed.wait_closed(), "nats: timeout");
    server.resume();
}

}  // namespace
}  // namespace resgate::nats
