#include "gateway/gateway.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "nats/server_address.h"
#include "ops/version.h"

namespace resgate::gateway {

namespace {

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
        io.port = &exchange_.add(*io.loop, [&io](std::span<cache::LoopMessage> messages) {
            io.frontend->sessions().handle(messages);
        });
        io.frontend =
            std::make_unique<Frontend>(*io.loop, static_cast<cache::LoopIndex>(i), *io.port,
                                       frontend_settings_, admission_, log_, once_log_, random_);
    }
    for (const IoLoop& io : io_loops_) {
        if (io.own_loop)
            io.own_loop->rest_with(hub_loop_);
    }
    if (count > 1)
        hub_loop_.at_end_of_turn([this] { spread_or_gather(); });
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
        options.close_timeout = messaging_limit + std::chrono::seconds(1);  // ours comes first
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
    for (IoLoop& io : io_loops_) {
        if (io.own_loop)
            io.own_loop->stop();
    }

    if (problem_.empty())
        return std::nullopt;
    return (was_connected_ ? "Server stopped with an error: " : "Failed to start server: ") +
           problem_;
}

/// The I/O loops run on threads of their own only if one thread is not enough.
void Gateway::spread_or_gather() {
    if (!occupancy_.look(hub_loop_.timers().now()))
        return;
    for (const IoLoop& io : io_loops_)
        io.own_loop->let_rest(occupancy_.one_thread_suffices());
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

/// A loop answers after what it has sent the hub before: so the figures of the hub, read last,
/// contain all that clients have seen the replies of ([OPS-76]).
void Gateway::collect_metrics(std::function<void(std::string)> done) {
    ask_loops(
        [](Frontend& frontend) { return frontend.figures(); },
        [this, done = std::move(done)](const std::vector<LoopFigures>& figures) {
            LoopFigures sum;
            for (const LoopFigures& each : figures)
                sum += each;
            done(metrics_document(sum, *hub_, *bus_, connection_->traffic(), counting_since_));
        });
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

}  // namespace resgate::gateway
