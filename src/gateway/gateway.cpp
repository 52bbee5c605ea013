#include "gateway/gateway.h"

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "nats/server_address.h"
#include "ops/version.h"

namespace resgate::gateway {

namespace {

using std::chrono::milliseconds;

/// How long each stage of the shutdown may take, and the whole of it ([OPS-20], [OPS-23]).
constexpr milliseconds sessions_limit{3000};
constexpr milliseconds connections_limit{5000};
constexpr milliseconds messaging_limit{3000};
constexpr milliseconds metrics_limit{5000};
constexpr std::chrono::duration<unsigned> shutdown_limit{10};

/// [THD-1]. On one or two cores one loop does everything; with more, the hub has a core to itself.
std::size_t io_loop_count(std::int64_t threads) {
    if (threads > 0)
        return static_cast<std::size_t>(threads);
    const std::size_t cores = std::thread::hardware_concurrency();
    return cores <= 2 ? 1 : std::min<std::size_t>(cores - 1, 64);
}

std::optional<session::AuthMethod> auth_method(const std::optional<ops::ResourceMethod>& method) {
    if (!method)
        return std::nullopt;
    return session::AuthMethod{method->rid, method->method};
}

/// [OPS-9]; empty if there is nothing to warn of.
std::string origin_warning(const ops::Settings& settings, const http::AllowedOrigins& origins) {
    if (!origins.everybody() || !(settings.header_auth || settings.ws_header_auth))
        return {};
    std::string names = settings.header_auth ? "headerAuth" : "wsHeaderAuth";
    if (settings.header_auth && settings.ws_header_auth)
        names += " and wsHeaderAuth";
    return "Warning: " + names +
           " with allowOrigin *: any site can use the cookies of its visitors over WebSocket, and "
           "browsers send none to the HTTP API";
}

FrontendSettings frontend_settings(const ops::Settings& settings) {
    FrontendSettings result;
    result.ws_path = settings.ws_path;
    result.limits = ops::limits(settings);
    result.origins = http::AllowedOrigins(ops::allowed_origins(settings));
    result.api.api_path = ops::api_path(settings);
    result.api.encoding =
        ops::api_encoding(settings) == "jsonflat" ? api::Encoding::jsonflat : api::Encoding::json;
    result.ws_compression = settings.ws_compression ? ws::Compression::on : ws::Compression::off;
    result.ws_header_auth = auth_method(ops::ws_header_auth(settings));
    result.api.origins = result.origins;
    result.api.header_auth = auth_method(ops::header_auth(settings));
    result.api.put_method = settings.put_method;
    result.api.delete_method = settings.delete_method;
    result.api.patch_method = settings.patch_method;
    return result;
}

/// A signal handler, so that it works whatever the loops are held up by, and be it that nobody
/// takes the log: the message is not waited for.
extern "C" void end_by_force(int) {
    constexpr std::string_view message = "Shutdown took too long, ending by force\n";
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, message.data(), message.size());
    _exit(2);
}

}  // namespace

Gateway::Gateway(const ops::Settings& settings, Log& log, Random random)
    : settings_(settings),
      log_(log),
      once_log_(log),
      random_(std::move(random)),
      frontend_settings_(frontend_settings(settings)),
      admission_(frontend_settings_.limits),
      hub_loop_("hub"),
      exchange_(hub_loop_) {
    if (!settings.nats_creds.empty())
        nats_credentials_.emplace(settings.nats_creds);
    const std::size_t count = io_loop_count(settings.threads);
    io_loops_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        IoLoop& io = io_loops_[i];
        if (count > 1)
            io.own_loop = std::make_unique<net::EventLoop>("io-" + std::to_string(i));
        io.loop = count > 1 ? io.own_loop.get() : &hub_loop_;
        // The exchange comes before the connections: what crosses over is sent in the same turn.
        io.port = &exchange_.add(*io.loop, [&io](cache::LoopMessage&& message) {
            io.frontend->sessions().handle(std::move(message));
        });
        io.frontend =
            std::make_unique<Frontend>(*io.loop, static_cast<cache::LoopIndex>(i), *io.port,
                                       frontend_settings_, admission_, log_, once_log_, random_);
    }
    // After the exchange: what it made sessions ask is sent in the same turn.
    hub_loop_.at_end_of_turn([this] {
        if (connection_ && connection_->connected())
            connection_->flush();
    });
}

Gateway::~Gateway() = default;

std::optional<std::string> Gateway::run() {
    log_.info("Starting " + std::string(ops::program_name) + " version " +
              std::string(ops::program_version()));
    log_.debug(ops::build_information());
    if (const auto warning = origin_warning(settings_, frontend_settings_.origins);
        !warning.empty())
        log_.info(warning);
    wait_for_signal();

    const std::string shown_urls = nats::masked_urls(settings_.nats_url);
    log_.info("Connecting to NATS at " + shown_urls);
    auto servers = nats::parse_servers(settings_.nats_url);
    if (servers) {
        nats::ConnectionOptions options;
        options.servers = std::move(*servers);
        options.client_name = ops::program_name;
        options.close_timeout = messaging_limit + milliseconds(1000);  // ours comes first
        options.client_version = ops::program_version();
        options.flushed_by_owner = true;
        options.tls = {settings_.nats_cert, settings_.nats_key, settings_.nats_root_cas};
        if (nats_credentials_)
            options.authenticator = &*nats_credentials_;
        nats::ConnectionEvents& events = *this;
        connection_ =
            std::make_unique<nats::Connection>(hub_loop_, std::move(options), random_, events);
        connection_->start();
    } else {
        hub_loop_.post([this, reason = servers.error()] { stop(reason); });
    }
    hub_loop_.run();

    if (problem_.empty())
        return std::nullopt;
    return (was_connected_ ? "Server stopped with an error: " : "Failed to start server: ") +
           problem_;
}

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

/// The rest of the start-up: [OPS-1] from the subscriptions on.
void Gateway::on_connected() {
    was_connected_ = connection_is_open_ = true;
    bus_ = std::make_unique<NatsBus>(*connection_, hub_loop_.timers(), log_, random_);
    cache::Settings settings;
    settings.request_timeout = ops::request_timeout(settings_);
    settings.unsubscribe_delay = ops::unsubscribe_delay(settings_);
    settings.reset_throttle = settings_.reset_throttle;
    settings.reference_throttle = settings_.reference_throttle;
    hub_ = std::make_unique<cache::Hub>(*bus_, hub_loop_.timers(), log_, once_log_, exchange_,
                                        static_cast<cache::LoopIndex>(io_loops_.size()), settings);
    exchange_.connect(*hub_);
    bus_->start();
    hub_->start();

    std::vector<net::Clients*> targets;
    for (IoLoop& io : io_loops_) {
        targets.push_back(&io.frontend->clients());
        if (io.own_loop)
            io.own_loop->start();
    }
    if (settings_.tls && !start_tls())
        return;
    if (settings_.metrics_port != 0 && !start_metrics())
        return;
    listener_ = std::make_unique<net::Listener>(hub_loop_, std::move(targets));
    if (const auto failure =
            listener_->start(ops::bind_address(settings_), ops::bind_port(settings_)))
        return stop(*failure);
    log_.info("Listening on " + std::string(ops::scheme(settings_)) + "://" +
              ops::listen_address(settings_));
    log_.info("Server ready");
    stage_ = Stage::running;
}

bool Gateway::start_tls() {
    certificate_.emplace(settings_.cert_file, settings_.key_file, hub_loop_.timers(), log_);
    if (const auto failure = certificate_->load()) {
        stop(*failure);
        return false;
    }
    share_certificate();
    certificate_->watch([this] { share_certificate(); });
    return true;
}

/// Reaches each loop before the connections that are accepted from now on.
void Gateway::share_certificate() {
    for (IoLoop& io : io_loops_)
        io.loop->post(
            [&io, tls = certificate_->current()] { io.frontend->clients().use_tls(tls); });
    if (metrics_)
        metrics_->use_tls(certificate_->current());
}

bool Gateway::start_metrics() {
    MetricsEndpoint::Source source;
    source.collect = [this](std::function<void(std::string)> done) {
        collect_metrics(std::move(done));
    };
    source.not_ready = [this]() -> std::string_view {
        if (stage_ == Stage::running)
            return {};
        return stage_ == Stage::starting ? "starting" : "shutting down";
    };
    metrics_ = std::make_unique<MetricsEndpoint>(hub_loop_, frontend_settings_.limits, log_,
                                                 std::move(source));
    if (certificate_)
        metrics_->use_tls(certificate_->current());
    const auto failure = metrics_->start(ops::bind_address(settings_),
                                         static_cast<std::uint16_t>(settings_.metrics_port));
    if (failure) {
        stop("metrics: " + *failure);  // [OPS-7]
        return false;
    }
    log_.info("Metrics endpoint listening on " + std::string(ops::scheme(settings_)) + "://" +
              ops::metrics_address(settings_) + "/metrics");
    return true;
}

/// Every loop is asked, and answers after what it has sent the hub before: so the figures of the
/// hub, read last, contain all that clients have seen the replies of ([OPS-76]).
void Gateway::collect_metrics(std::function<void(std::string)> done) {
    struct Collection {
        LoopFigures sum;
        std::size_t loops_left;
        std::function<void(std::string)> done;
    };

    const auto collection =
        std::make_shared<Collection>(Collection{LoopFigures(), io_loops_.size(), std::move(done)});
    const auto add = [this, collection](const LoopFigures& figures) {
        collection->sum += figures;
        if (--collection->loops_left == 0)
            collection->done(metrics_document(collection->sum, *hub_, *bus_, connection_->traffic(),
                                              counting_since_));
    };
    for (IoLoop& io : io_loops_) {
        if (!io.own_loop) {
            add(io.frontend->figures());
            continue;
        }
        io.loop->post([this, &io, add] {
            hub_loop_.post([add, figures = io.frontend->figures()] { add(figures); });
        });
    }
}

void Gateway::on_message(const nats::Message& message) {
    if (bus_ && stage_ < Stage::stopped)
        bus_->receive(message);
}

void Gateway::on_server_error(std::string_view text) {
    log_.error(text);
}

void Gateway::on_closed(const std::string& reason) {
    const bool was_open = std::exchange(connection_is_open_, false);
    if (stage_ == Stage::messaging) {
        log_.debug("NATS connection closed");
        return messaging_closed();
    }
    if (stage_ > Stage::running)
        return;
    stop(was_open ? "lost NATS connection: " + reason : reason);
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

    // All loops are asked first, so that there is one line about all sessions, before their end.
    struct Count {
        std::size_t sessions = 0;
        std::size_t loops_left;
    };

    const auto count = std::make_shared<Count>(Count{0, io_loops_.size()});
    for (IoLoop& io : io_loops_) {
        io.loop->post([this, &io, count] {
            hub_loop_.post([this, count, sessions = io.frontend->refuse_requests()] {
                count->sessions += sessions;
                if (--count->loops_left == 0)
                    end_sessions(count->sessions);
            });
        });
    }
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
    struct List {
        std::string text;
        std::size_t loops_left;
    };

    const auto list = std::make_shared<List>(List{{}, io_loops_.size()});
    for (IoLoop& io : io_loops_) {
        io.loop->post([this, &io, list] {
            hub_loop_.post([this, list, sessions = io.frontend->unclosed_sessions()] {
                list->text += (list->text.empty() || sessions.empty() ? "" : ", ") + sessions;
                if (--list->loops_left == 0 && !list->text.empty())
                    log_.error("Closing connection " + list->text + " timed out");
            });
        });
    }
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
    for (IoLoop& io : io_loops_) {
        if (io.own_loop)
            io.own_loop->stop();
    }
    log_.info("Server stopped");
    hub_loop_.stop();
}

}  // namespace resgate::gateway
