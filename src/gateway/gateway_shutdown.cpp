#include <csignal>
#include <numeric>

#include <fcntl.h>
#include <unistd.h>

#include "gateway/gateway.h"

namespace resgate::gateway {

namespace {

using std::chrono::milliseconds;

/// How long each stage of the shutdown may take, and the whole of it ([OPS-20], [OPS-23]).
constexpr milliseconds sessions_limit{3000};
constexpr milliseconds connections_limit{5000};
constexpr milliseconds metrics_limit{5000};
constexpr std::chrono::duration<unsigned> shutdown_limit{10};

/// A signal handler, so that it works whatever the loops are held up by, and be it that nobody
/// takes the log: the message is not waited for.
extern "C" void end_by_force(int) {
    constexpr std::string_view message = "Shutdown took too long, ending by force\n";
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, message.data(), message.size());
    _exit(2);
}

}  // namespace

void Gateway::wait_for_signal() {
    for (const int ignored : {SIGPIPE, SIGUSR1, SIGUSR2})
        std::signal(ignored, SIG_IGN);
    std::signal(SIGALRM, end_by_force);  // [OPS-23]
    signals_.emplace(hub_loop_, std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP, SIGQUIT},
                     [this] {
                         if (stage_ > Stage::running)
                             return;
                         alarm(shutdown_limit.count());
                         stop({});
                     });
}

/// [OPS-20]. `problem` is empty after a signal.
void Gateway::stop(const std::string& problem) {
    if (stage_ > Stage::running)
        return;
    problem_ = problem;
    if (!problem.empty())
        log_.error("Problem encountered: " + problem);
    log_.info("Stopping server...");
    if (certificate_)
        certificate_->stop();
    if (!hub_)  // nothing but the connection was started
        return close_messaging();
    close_sessions();
}

void Gateway::enter(Stage stage, std::size_t parts, milliseconds limit,
                    std::function<void()> when_exceeded) {
    stage_ = stage;
    parts_left_ = parts;
    hub_loop_.timers().cancel(stage_limit_);
    stage_limit_ =
        hub_loop_.timers().start(limit, [this, stage, report = std::move(when_exceeded)] {
            report();  // [OPS-21]
            proceed(stage);
        });
}

void Gateway::on_part_done(Stage stage, std::string_view done) {
    if (stage != stage_ || --parts_left_ > 0)
        return;
    if (!done.empty())
        log_.debug(done);
    proceed(stage);
}

void Gateway::proceed(Stage after) {
    switch (after) {
        case Stage::sessions:
            return close_connections();
        case Stage::connections:
            return close_messaging();
        case Stage::messaging:
            // There are none: the cache lives on the hub's loop, and has nothing more to do. But
            // the end looks to operators as they know it ([OPS-20]).
            log_.debug("Stopping cache workers...");
            log_.debug("Cache workers stopped");
            return close_metrics();
        default:
            return stopped();
    }
}

void Gateway::close_sessions() {
    enter(Stage::sessions, io_loops_.size(), sessions_limit,
          [this] { report_unclosed_sessions(); });

    // Before the end of any of them, so that there is one line about all.
    ask_loops([](Frontend& frontend) { return frontend.refuse_requests(); },
              [this](const std::vector<std::size_t>& sessions) {
                  end_sessions(std::accumulate(sessions.begin(), sessions.end(), std::size_t{0}));
              });
}

void Gateway::end_sessions(std::size_t count) {
    if (count > 0)
        log_.debug("Closing " + std::to_string(count) + " WebSocket connection(s)...");
    const std::string_view done = count > 0 ? "All connections gracefully closed" : "";
    for (IoLoop& io : io_loops_) {
        io.loop->post([this, &io, done] {
            io.frontend->close_sessions([this, done] {
                hub_loop_.post([this, done] { on_part_done(Stage::sessions, done); });
            });
        });
    }
}

/// [OPS-21], in one line as well.
void Gateway::report_unclosed_sessions() {
    ask_loops([](Frontend& frontend) { return frontend.unclosed_sessions(); },
              [this](const std::vector<std::string>& lists) {
                  std::string all;
                  for (const std::string& list : lists)
                      all += (all.empty() || list.empty() ? "" : ", ") + list;
                  if (!all.empty())
                      log_.error("Closing connection " + all + " timed out");
              });
}

void Gateway::close_connections() {
    log_.debug("Stopping HTTP server...");
    enter(Stage::connections, io_loops_.size(), connections_limit,
          [this] { log_.error("HTTP server forcefully stopped after timeout"); });
    if (listener_)
        listener_->stop();
    for (IoLoop& io : io_loops_) {
        io.loop->post([this, &io] {
            io.frontend->close_connections([this] {
                hub_loop_.post(
                    [this] { on_part_done(Stage::connections, "HTTP server gracefully stopped"); });
            });
        });
    }
}

void Gateway::close_messaging() {
    log_.debug("Closing messaging client...");
    enter(Stage::messaging, 1, messaging_limit,
          [this] { log_.error("Closing messaging client timed out. Continuing shutdown."); });
    if (!connection_is_open_)
        return messaging_closed();
    log_.debug("Closing NATS connection...");
    connection_->close();
}

void Gateway::messaging_closed() {
    if (was_connected_) {
        log_.debug("Stopping NATS listener...");
        log_.debug("NATS listener stopped");
    }
    on_part_done(Stage::messaging, "Messaging client gracefully closed");
}

/// The last to go, so that `/readyz` can tell what is going on ([HLT-2]).
void Gateway::close_metrics() {
    if (!metrics_)
        return stopped();
    log_.debug("Stopping Metrics server...");
    enter(Stage::metrics, 1, metrics_limit,
          [this] { log_.error("Metrics server forcefully stopped after timeout"); });
    metrics_->stop([this] { on_part_done(Stage::metrics, "Metrics server gracefully stopped"); });
}

void Gateway::stopped() {
    hub_loop_.timers().cancel(stage_limit_);
    stage_ = Stage::stopped;
    log_.info("Server stopped");
    hub_loop_.stop();
}

}  // namespace resgate::gateway
