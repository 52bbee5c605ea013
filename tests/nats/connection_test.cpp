#include "nats/connection.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "nats/fake_server.h"
#include "nats/observed_connection.h"

namespace resgate::nats {
namespace {

using namespace std::chrono_literals;

class ConnectionTest : public testing::Test {
  protected:
    net::EventLoop loop_{"test"};
    FakeServer server_{loop_};
    ConnectionOptions options_ = ObservedConnection::options(server_.url());
    std::optional<ObservedConnection> observed_;

    Connection& connection() { return observed_->connection; }

    void start() {
        observed_.emplace(loop_, options_);
        connection().start();
    }

    void open() {
        server_.behave();
        observed_.emplace(loop_, options_);
        observed_->connect();
    }

    void until(const std::function<bool()>& come_true) { run_until(loop_, come_true); }

    void when_accepted_send(std::string bytes) {
        server_.when_accepted = [this, bytes = std::move(bytes)] { server_.send(bytes); };
    }
};

TEST_F(ConnectionTest, SaysNothingBeforeInfoAndThenConnects) {  // [NAT-1], [OPS-46]
    start();
    until([&] { return server_.accepted == 1; });
    EXPECT_TRUE(server_.received.empty());
    server_.send(FakeServer::info);
    until([&] { return server_.count("\r\n") == 2; });
    EXPECT_TRUE(server_.received.starts_with("CONNECT {"));
    EXPECT_TRUE(server_.received.ends_with("\r\nPING\r\n"));
    const auto connect =
        nlohmann::json::parse(server_.received.substr(8, server_.received.find("\r\n") - 8));
    EXPECT_EQ(connect.at("headers"), true);
    EXPECT_EQ(connect.at("no_responders"), true);
    EXPECT_EQ(connect.at("verbose"), false);
    EXPECT_EQ(connect.at("pedantic"), false);
    EXPECT_FALSE(connect.contains("user"));
    EXPECT_FALSE(observed_->connected);
    EXPECT_EQ(connection().publish("a", "", ""), SendStatus::closed);
    server_.send("PONG\r\n");
    until([&] { return observed_->connected; });
    EXPECT_TRUE(connection().connected());
}

TEST_F(ConnectionTest, WaitsForItsOwnersFlush) {
    options_.flushed_by_owner = true;
    open();
    connection().publish("first", "", "");
    connection().publish("second", "", "");
    run_for(loop_, 10ms);
    EXPECT_EQ(server_.count("PUB "), 0U);
    connection().flush();
    until([&] { return server_.count("PUB ") == 2; });
}

TEST_F(ConnectionTest, AcceptsAServerThatSendsByteByByte) {
    start();
    until([&] { return server_.accepted == 1; });
    const auto send_slowly = [&](std::string_view bytes) {
        for (const char c : bytes) {
            server_.send({&c, 1});
            take_turn(loop_);
        }
    };
    send_slowly(FakeServer::info);
    send_slowly("PONG\r\n");
    until([&] { return observed_->connected; });
    const Sid sid = connection().subscribe("a").value();
    send_slowly("MSG a " + std::to_string(sid) + " 5\r\nhello\r\n");
    observed_->wait_received(1);
    EXPECT_EQ(observed_->received, (std::vector<Received>{{sid, "a", "", "hello", 0}}));
}

TEST_F(ConnectionTest, ResolvesNames) {
    options_.servers.front().host = "localhost";
    open();
    EXPECT_TRUE(connection().connected());
}

TEST_F(ConnectionTest, SaysWhichNameItCannotResolve) {  // [OPS-42]
    options_.servers.front().host = std::string(300, 'x');
    start();
    EXPECT_TRUE(observed_->wait_closed().starts_with("nats: cannot connect to xxx"));
}

TEST_F(ConnectionTest, GivesUpOnASilentServer) {  // [OPS-41], [OPS-42]
    options_.connect_timeout = 30ms;
    start();
    EXPECT_EQ(observed_->wait_closed(), "nats: timeout");
    until([&] { return server_.ended; });
}

TEST_F(ConnectionTest, GivesUpOnAServerThatStopsInTheHandshake) {  // [OPS-41]
    options_.connect_timeout = 30ms;
    when_accepted_send(std::string(FakeServer::info));
    start();
    EXPECT_EQ(observed_->wait_closed(), "nats: timeout");
}

TEST_F(ConnectionTest, EndsIfTheServerClosesBeforeTheHandshakeIsDone) {
    server_.when_accepted = [this] { server_.close(); };
    start();
    EXPECT_EQ(observed_->wait_closed(), "EOF");
}

TEST_F(ConnectionTest, EndsOnWhatIsNotNats) {
    const std::vector<std::string> others = {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n",
                                             std::string(400000, 'x'),
                                             "INFO " + std::string(400000, 'x') + "\r\n"};
    for (const std::string& greeting : others) {
        FakeServer other(loop_);
        other.when_accepted = [&] {
            try {
                other.send(greeting);
            } catch (const std::system_error&) {
                // The client may well have left before the end.
            }
        };
        ObservedConnection observed(loop_, ObservedConnection::options(other.url()));
        observed.connection.start();
        EXPECT_TRUE(observed.wait_closed().starts_with("nats: malformed data from server: "))
            << *observed.closed;
    }
}

TEST_F(ConnectionTest, EndsOnAnInfoThatIsNoJson) {
    when_accepted_send("INFO {]\r\n");
    start();
    EXPECT_EQ(observed_->wait_closed(), "nats: malformed INFO from server");
}

TEST_F(ConnectionTest, ReportsWhyTheServerRefused) {  // [OPS-42]
    when_accepted_send(std::string(FakeServer::info) + "-ERR 'Authorization Violation'\r\n");
    start();
    EXPECT_EQ(observed_->wait_closed(), "nats: Authorization Violation");
    EXPECT_FALSE(observed_->connected);
}

TEST_F(ConnectionTest, TriesEveryServerOnceInAnOrderDrawnAtRandom) {  // [OPS-41], [NTX-1]
    std::set<std::vector<int>> orders;
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        FakeServer a(loop_);
        FakeServer b(loop_);
        FakeServer c(loop_);
        std::vector<int> order;
        int number = 0;
        for (FakeServer* server : {&a, &b, &c}) {
            server->when_accepted = [&order, server, which = number++] {
                order.push_back(which);
                server->send("-ERR 'no'\r\n");
            };
        }
        ObservedConnection observed(
            loop_, ObservedConnection::options(a.url() + "," + b.url() + "," + c.url()), seed);
        observed.connection.start();
        EXPECT_EQ(observed.wait_closed(), "nats: no");
        EXPECT_EQ(order.size(), 3U);
        EXPECT_EQ(a.accepted + b.accepted + c.accepted, 3U);
        orders.insert(order);
    }
    EXPECT_GT(orders.size(), 2U);
}

TEST_F(ConnectionTest, StaysWithTheFirstServerThatWorks) {  // [OPS-41]
    FakeServer silent(loop_);
    options_ = ObservedConnection::options(silent.url() + ",placeholder");
    options_.servers[1].host = "127.0.0.1";
    options_.connect_timeout = 300ms;
    for (std::uint32_t seed = 0; !silent.accepted && seed < 50; ++seed) {
        FakeServer good(loop_);
        good.behave();
        options_.servers[1].port = good.port();
        ObservedConnection observed(loop_, options_, seed);
        observed.connect();
        good.close();
        EXPECT_EQ(observed.wait_closed(), "EOF");
        EXPECT_EQ(good.accepted, 1U);
    }
    EXPECT_EQ(silent.accepted, 1U);
}

TEST_F(ConnectionTest, AnswersPings) {
    open();
    server_.send("PING\r\nPING\r\n");
    until([&] { return server_.count("PONG\r\n") == 2; });
}

TEST_F(ConnectionTest, PingsAndTakesTwoUnansweredOnesForAStaleConnection) {  // [OPS-46], [OPS-30]
    options_.ping_interval = 5ms;
    open();
    std::size_t answered = 1;
    server_.when_received = [&] {
        for (; answered < server_.count("PING\r\n") && answered < 6; ++answered) {
            server_.send("PONG\r\n");
        }
    };
    EXPECT_EQ(observed_->wait_closed(), "nats: stale connection");
    until([&] { return server_.ended; });
    EXPECT_EQ(answered, 6U);
    EXPECT_EQ(server_.count("PING\r\n"), 8U);
}

TEST_F(ConnectionTest, TakesALaterInfoIntoAccount) {  // [REQ-8]
    open();
    EXPECT_EQ(connection().publish("a", "", "0123456789"), SendStatus::sent);
    server_.send("INFO {\"max_payload\":9,\"ldm\":true}\r\n");
    until([&] { return connection().max_payload() == 9; });
    EXPECT_EQ(connection().publish("a", "", "0123456789"), SendStatus::payload_too_large);
    EXPECT_EQ(connection().publish("a", "", "012345678"), SendStatus::sent);
    server_.send("INFO {\"connect_urls\":[\"a:1\"]}\r\nPING\r\n");
    until([&] { return server_.count("PONG\r\n") == 1; });
    EXPECT_EQ(connection().max_payload(), 9U);
}

TEST_F(ConnectionTest, LivesOnAfterErrorsThatAreOnlyToBeLogged) {  // [OPS-31]
    open();
    server_.send(
        "-ERR 'Permissions Violation for Publish to \"a\"'\r\n"
        "-ERR 'User Authentication Expired'\r\n-ERR 'Account Authentication Expired'\r\n"
        "-ERR 'User Authentication Revoked'\r\n-ERR 'Authorization Violation'\r\n");
    until([&] { return observed_->errors.size() == 5; });
    EXPECT_EQ(observed_->errors.front(), "nats: Permissions Violation for Publish to \"a\"");
    EXPECT_EQ(observed_->errors.back(), "nats: Authorization Violation");
    EXPECT_FALSE(observed_->closed);
    server_.close();
    EXPECT_EQ(observed_->wait_closed(), "EOF");
}

TEST_F(ConnectionTest, EndsOnOtherErrors) {  // [OPS-30]
    for (const auto& [error, reason] : std::vector<std::pair<std::string, std::string>>{
             {"'Stale Connection'", "nats: stale connection"},
             {"'Unknown Protocol Operation'", "nats: Unknown Protocol Operation"},
             {"Slow Consumer", "nats: Slow Consumer"}}) {
        FakeServer server(loop_);
        server.behave();
        ObservedConnection observed(loop_, ObservedConnection::options(server.url()));
        observed.connect();
        server.send("-ERR " + error + "\r\n");
        EXPECT_EQ(observed.wait_closed(), reason);
        EXPECT_TRUE(observed.errors.empty());
    }
}

TEST_F(ConnectionTest, HandsOverWhatCameBeforeTheEndAndEndsTheBatch) {  // [NAT-5]
    open();
    server_.send("MSG a 1 1\r\nx\r\nMSG a 1 1\r\ny\r\n-ERR 'Slow Consumer'\r\nMSG a 1 1\r\nz\r\n");
    EXPECT_EQ(observed_->wait_closed(), "nats: Slow Consumer");
    EXPECT_EQ(observed_->received.size(), 2U);
    EXPECT_EQ(observed_->batches, std::vector<std::size_t>{2});
}

TEST_F(ConnectionTest, ReportsTheServersReasonThoughItsOwnWriteFails) {  // [OPS-30]
    open();
    server_.send("-ERR 'Maximum Connections Exceeded'\r\n");
    server_.reset();
    connection().publish("a", "", "x");
    connection().flush();
    connection().publish("a", "", "x");
    connection().flush();
    EXPECT_EQ(observed_->wait_closed(), "nats: Maximum Connections Exceeded");
}

TEST_F(ConnectionTest, EndsOnAReset) {  // [OPS-30]
    open();
    server_.reset();
    EXPECT_EQ(observed_->wait_closed(), "read: Connection reset by peer");
}

TEST_F(ConnectionTest, GathersTheOutputOfATurn) {
    open();
    server_.received.clear();
    ASSERT_TRUE(connection().subscribe("a"));
    EXPECT_EQ(connection().publish("b", "", "x"), SendStatus::sent);
    connection().unsubscribe(1);
    std::vector<std::string> pieces;
    server_.when_received = [&] { pieces.push_back(server_.received); };
    until([&] { return server_.count("\r\n") == 4; });
    EXPECT_EQ(pieces, std::vector<std::string>{"SUB a 1\r\nPUB b 1\r\nx\r\nUNSUB 1\r\n"});
}

TEST_F(ConnectionTest, KeepsOutputForAServerThatReadsLater) {
    open();
    server_.do_not_read();
    server_.received.clear();
    std::string expected;
    for (int i = 0; i < 30; ++i) {
        const std::string payload(1000000, static_cast<char>('a' + i % 26));
        ASSERT_EQ(connection().publish("a", "", payload), SendStatus::sent);
        append_publish(expected, "a", "", payload);
        take_turn(loop_);
    }
    server_.start_reading();
    until([&] { return server_.received.size() >= expected.size(); });
    EXPECT_TRUE(server_.received == expected);
}

TEST_F(ConnectionTest, EndsIfTooMuchIsPending) {
    options_.max_pending_bytes = 20000000;
    open();
    server_.do_not_read();
    const std::string payload(1000000, 'x');
    int sent = 0;
    while (connection().publish("a", "", payload) == SendStatus::sent) {
        ASSERT_LT(++sent, 100);
        connection().flush();
    }
    EXPECT_FALSE(observed_->closed);
    EXPECT_EQ(observed_->wait_closed(), "nats: server does not read");
}

TEST_F(ConnectionTest, WaitsForTheServerOnlyBrieflyWhenClosing) {
    options_.close_timeout = 20ms;
    open();
    server_.do_not_read();
    connection().close();
    server_.send("MSG a 1 1\r\nx\r\n");
    EXPECT_EQ(observed_->wait_closed(), "");
    EXPECT_TRUE(observed_->received.empty());
}

TEST_F(ConnectionTest, MayBeClosedInEveryPhase) {
    ObservedConnection never_started(loop_, options_);
    never_started.connection.close();
    EXPECT_EQ(never_started.wait_closed(), "");
    start();
    connection().close();
    EXPECT_EQ(observed_->wait_closed(), "");
    FakeServer silent(loop_);
    ObservedConnection greeting(loop_, ObservedConnection::options(silent.url()));
    greeting.connection.start();
    until([&] { return silent.accepted == 1; });
    greeting.connection.close();
    EXPECT_EQ(greeting.wait_closed(), "");
    until([&] { return silent.ended; });
}

TEST_F(ConnectionTest, HandsOverNothingAfterCloseWithinAMessage) {
    open();
    observed_->when_message = [this](const Message&) { connection().close(); };
    server_.send("MSG a 1 1\r\nx\r\nMSG a 1 1\r\ny\r\n");
    until([&] { return server_.ended; });
    server_.close();
    EXPECT_EQ(observed_->wait_closed(), "");
    EXPECT_EQ(observed_->received.size(), 1U);
}

TEST_F(ConnectionTest, MayBeDestroyedWhenItIsClosed) {
    class Owner final : public ConnectionEvents {
      public:
        std::optional<Connection> connection;
        bool closed = false;

        void on_connected() override {}

        void on_message(const Message&) override {}

        void on_read_batch_end() override {}

        void on_server_error(std::string_view) override {}

        void on_closed(const std::string&) override {
            connection.reset();
            closed = true;
        }
    };

    Owner owner;
    server_.when_accepted = [this] { server_.close(); };
    owner.connection.emplace(loop_, options_, std::mt19937(1), owner);
    owner.connection->start();
    until([&] { return owner.closed; });
}

}  // namespace
}  // namespace resgate::nats
