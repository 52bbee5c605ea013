// What the project's own NATS client costs, beside the least that a client can do: messages in and
// out at full blast, and requests one at a time. Other threads are the other side; only the thread
// of the client is measured.

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "bench/floor_nats.h"
#include "nats/connection.h"
#include "nats/requests.h"
#include "nats/server_address.h"
#include "net/event_loop.h"

namespace resgate::bench {
namespace {

constexpr std::string_view subject = "blast.subject";
constexpr std::string_view ready_subject = "blast.ready";
const std::string payload(100, 'x');
/// Messages gathered before they are written, and messages under way at most.
constexpr std::size_t batch = 256;
constexpr std::size_t window = 65536;

struct Options {
    bool own = true;  ///< the project's client; or the floor
    std::uint16_t port = 4222;
    std::string work;
    std::size_t count = 100000;
};

/// What the calling thread has used.
struct ThreadUsage {
    double cpu_us = 0;
    double user_us = 0;
    double wall_us = 0;
    long switches = 0;

    static ThreadUsage now() {
        const auto us = [](clockid_t clock) {
            timespec time{};
            clock_gettime(clock, &time);
            return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
        };
        rusage usage{};
        getrusage(RUSAGE_THREAD, &usage);
        return {us(CLOCK_THREAD_CPUTIME_ID),
                static_cast<double>(usage.ru_utime.tv_sec) * 1e6 +
                    static_cast<double>(usage.ru_utime.tv_usec),
                us(CLOCK_MONOTONIC), usage.ru_nvcsw};
    }
};

void report(const ThreadUsage& before, std::size_t units) {
    const ThreadUsage after = ThreadUsage::now();
    fmt::print(
        R"({{"nats":{{"units":{},"cpu_us":{:.3f},"user_us":{:.3f},"switches":{},"wall_us":{:.0f},"load_cpu_us":0}}}})"
        "\n",
        units, after.cpu_us - before.cpu_us, after.user_us - before.user_us,
        after.switches - before.switches, after.wall_us - before.wall_us);
}

void wait_readable(const FloorNats& nats) {
    pollfd ready{nats.socket(), POLLIN, 0};
    poll(&ready, 1, 100);
}

/// The other side, on a thread of its own.
class Peer {
  public:
    /// `in`: publishes as fast as `taken` allows. `out`: counts in `taken`. `request`: answers.
    explicit Peer(const Options& options) : options_(options), nats_(options.port, "peer") {
        if (options_.work != "in")
            nats_.subscribe(subject);
        nats_.subscribe(ready_subject);
        nats_.publish(ready_subject, {});
        nats_.flush();
        for (bool ready = false; !ready;) {
            wait_readable(nats_);
            nats_.read([&](const FloorNats::Message& message) {
                ready = ready || message.subject == ready_subject;
            });
        }
    }

    ~Peer() {
        stopped_ = true;
        if (thread_.joinable())
            thread_.join();
    }

    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    void start() {
        thread_ = std::thread([this] {
            if (options_.work == "in")
                publish();
            else
                receive();
        });
    }

    std::atomic<std::size_t> taken = 0;

  private:
    void publish() {
        for (std::size_t sent = 0; sent < options_.count && !stopped_;) {
            while (sent > taken + window && !stopped_)
                std::this_thread::yield();
            for (std::size_t i = 0; i < batch && sent < options_.count; ++i, ++sent)
                nats_.publish(subject, payload);
            nats_.flush();
        }
    }

    void receive() {
        while (!stopped_) {
            wait_readable(nats_);
            nats_.read([this](const FloorNats::Message& message) {
                if (message.subject != subject)
                    return;
                if (!message.reply.empty())
                    nats_.publish(message.reply, R"({"result":null})");
                ++taken;
            });
            nats_.flush();
        }
    }

    const Options& options_;
    FloorNats nats_;
    std::atomic<bool> stopped_ = false;
    std::thread thread_;
};

class NoLog final : public Log {
  public:
    bool enabled(LogLevel) const override { return false; }

    void write(LogLevel, std::string_view) override {}
};

std::uint32_t random_number() {
    static std::mt19937 engine{std::random_device()()};
    return static_cast<std::uint32_t>(engine());
}

/// The project's client on an event loop, as in the gateway.
class OwnClient final : private nats::ConnectionEvents {
  public:
    OwnClient(const Options& options, Peer& peer) : options_(options), peer_(peer) {
        nats::ConnectionOptions connection_options;
        connection_options.servers =
            *nats::parse_servers(fmt::format("nats://127.0.0.1:{}", options.port));
        nats::ConnectionEvents& events = *this;
        connection_ = std::make_unique<nats::Connection>(loop_, std::move(connection_options),
                                                         random_number, events);
        requests_ = std::make_unique<nats::Requests>(*connection_, loop_.timers(), log_,
                                                     nats::new_inbox(random_number));
        connection_->start();
    }

    void run() { loop_.run(); }

  private:
    void on_connected() override {
        if (options_.work == "in" && !connection_->subscribe(subject))
            std::abort();
        inbox_ = *connection_->subscribe(requests_->inbox_subject());
        if (!connection_->subscribe(ready_subject))
            std::abort();
        connection_->publish(ready_subject, {}, {});
    }

    void on_message(const nats::Message& message) override {
        if (message.sid == inbox_)
            return requests_->receive(message);
        if (message.subject == ready_subject)
            return begin();
        ++done_;
    }

    void on_read_batch_end() override {
        if (options_.work != "in" || done_ == 0)
            return;
        peer_.taken = done_;
        if (done_ == options_.count)
            end();
    }

    void on_server_error(std::string_view) override {}

    void on_closed(const std::string& reason) override {
        if (!reason.empty())
            floor_failure(reason);
    }

    void begin() {
        before_ = ThreadUsage::now();
        peer_.start();
        if (options_.work == "out")
            publish();
        else if (options_.work == "request")
            request();
    }

    void publish() {
        while (done_ > peer_.taken + window)
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        for (std::size_t i = 0; i < batch && done_ < options_.count; ++i, ++done_)
            connection_->publish(subject, {}, payload);
        if (done_ < options_.count)
            return loop_.post([this] { publish(); });
        if (peer_.taken == done_)
            return end();
        loop_.timers().start(std::chrono::milliseconds(1), [this] { publish(); });
    }

    void request() {
        requests_->request(subject, payload, std::chrono::seconds(3),
                           [this](nats::Outcome&& outcome) {
                               if (outcome.kind != nats::Outcome::Kind::reply)
                                   floor_failure("a request was not answered");
                               if (++done_ == options_.count)
                                   end();
                               else
                                   request();
                           });
    }

    void end() {
        report(before_, done_);
        std::fflush(stdout);
        loop_.stop();
    }

    const Options& options_;
    Peer& peer_;
    NoLog log_;
    net::EventLoop loop_{"bench"};
    std::unique_ptr<nats::Connection> connection_;
    std::unique_ptr<nats::Requests> requests_;
    nats::Sid inbox_ = 0;
    std::size_t done_ = 0;
    ThreadUsage before_;
};

/// The same with nothing around it.
class RawClient {
  public:
    RawClient(const Options& options, Peer& peer)
        : options_(options), peer_(peer), nats_(options.port, "raw"), epoll_(epoll_create1(0)) {
        if (options.work == "in")
            nats_.subscribe(subject);
        nats_.subscribe(ready_subject);
        nats_.publish(ready_subject, {});
        nats_.flush();
        epoll_event event{};
        event.events = EPOLLIN;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, nats_.socket(), &event);
        for (bool ready = false; !ready;) {
            wait();
            nats_.read([&](const FloorNats::Message&) { ready = true; });
        }
    }

    ~RawClient() { close(epoll_); }

    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void run() {
        const ThreadUsage before = ThreadUsage::now();
        peer_.start();
        std::size_t done = 0;
        if (options_.work == "out")
            publish_all();
        else
            requests_or_messages(done);
        report(before, options_.count);
    }

  private:
    void wait() const {
        epoll_event event{};
        epoll_wait(epoll_, &event, 1, -1);
    }

    void publish_all() {
        for (std::size_t sent = 0; sent < options_.count;) {
            while (sent > peer_.taken + window)
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            for (std::size_t i = 0; i < batch && sent < options_.count; ++i, ++sent)
                nats_.publish(subject, payload);
            nats_.flush();
        }
        while (peer_.taken < options_.count)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    void requests_or_messages(std::size_t& done) {
        const bool asking = options_.work == "request";
        if (asking)
            nats_.request(subject, payload, 0);
        nats_.flush();
        while (done < options_.count) {
            wait();
            nats_.read([&](const FloorNats::Message&) {
                if (++done < options_.count && asking)
                    nats_.request(subject, payload, done);
            });
            if (!asking)
                peer_.taken = done;
            nats_.flush();
        }
    }

    const Options& options_;
    Peer& peer_;
    FloorNats nats_;
    int epoll_;
};

}  // namespace
}  // namespace resgate::bench

int main(int argc, char** argv) {
    using namespace resgate::bench;
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = argv[i + 1];
        if (name == "--client")
            options.own = value == "own";
        else if (name == "--work")
            options.work = value;
        else if (name == "--nats-port")
            std::from_chars(value.data(), value.data() + value.size(), options.port);
        else if (name == "--count")
            std::from_chars(value.data(), value.data() + value.size(), options.count);
    }
    if (options.work != "in" && options.work != "out" && options.work != "request")
        floor_failure("--work in, out or request");
    Peer peer(options);
    if (options.own)
        OwnClient(options, peer).run();
    else
        RawClient(options, peer).run();
    return 0;
}
