#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/log.h"
#include "base/once_log.h"
#include "base/random.h"
#include "cache/hub.h"
#include "gateway/exchange.h"
#include "gateway/frontend.h"
#include "gateway/metrics_endpoint.h"
#include "gateway/nats_bus.h"
#include "nats/connection.h"
#include "nats/credentials_file.h"
#include "net/admission.h"
#include "net/certificate.h"
#include "net/event_loop.h"
#include "net/listener.h"
#include "net/occupancy.h"
#include "net/signals.h"
#include "ops/settings.h"

namespace resgate::gateway {

/// The whole gateway: builds the parts, starts them in the order of [OPS-1], and ends them in that
/// of [OPS-20]. Everything but `run` happens on the hub's loop, which runs on the calling thread.
class Gateway final : private nats::ConnectionEvents {
  public:
    /// `settings` are validated. The references outlive the gateway.
    Gateway(const ops::Settings& settings, Log& log, Random random);
    ~Gateway() override;

    /// Serves until a signal or an error ends it. Nothing after an orderly end by a signal,
    /// otherwise the line to print ([OPS-5], [OPS-6], [OPS-30]).
    std::optional<std::string> run();

  private:
    /// A loop that serves clients. With one loop only, it is the hub's.
    struct IoLoop {
        std::unique_ptr<net::EventLoop> own_loop;  ///< null if it shares the hub's
        net::EventLoop* loop = nullptr;
        std::unique_ptr<Frontend> frontend;
        cache::HubPort* port = nullptr;
    };

    /// How long the messaging client may take to close ([OPS-20]).
    static constexpr std::chrono::milliseconds messaging_limit{3000};

    /// In the order of the shutdown.
    enum class Stage { starting, running, sessions, connections, messaging, metrics, stopped };

    void on_connected() override;
    void on_message(const nats::Message& message) override;

    void on_read_batch_end() override {}

    void on_server_error(std::string_view text) override;
    void on_closed(const std::string& reason) override;

    /// Has each loop give an answer, on its thread; the hub's gets them all.
    template <typename Ask, typename Done>
    void ask_loops(const Ask& ask, const Done& done) {
        const auto answers = std::make_shared<std::vector<std::invoke_result_t<Ask, Frontend&>>>();
        for (IoLoop& io : io_loops_) {
            io.loop->post([this, &io, ask, done, answers] {
                hub_loop_.post([this, done, answers, answer = ask(*io.frontend)] {
                    answers->push_back(answer);
                    if (answers->size() == io_loops_.size())
                        done(*answers);
                });
            });
        }
    }

    void wait_for_signal();
    /// Whether the metrics port could be bound; if not, the shutdown has begun.
    bool start_metrics();
    /// Whether certificate and key could be read; if not, the shutdown has begun.
    bool start_tls();
    void share_certificate();
    void spread_or_gather();
    void collect_metrics(std::function<void(std::string)> done);
    void stop(const std::string& problem);
    /// Begins a stage of the shutdown, which is left when `parts` have been reported done, or when
    /// its time is over.
    void enter(Stage stage, std::size_t parts, std::chrono::milliseconds limit,
               std::function<void()> when_exceeded);
    /// `done` is logged, unless it is empty, when it was the last part.
    void on_part_done(Stage stage, std::string_view done);
    void proceed(Stage after);
    void close_sessions();
    /// Ends as many sessions as there were when new ones were refused.
    void end_sessions(std::size_t count);
    void report_unclosed_sessions();
    void close_connections();
    void close_messaging();
    void messaging_closed();
    void close_metrics();
    void stopped();

    const ops::Settings& settings_;
    Log& log_;
    OnceLog once_log_;
    const Random random_;
    const FrontendSettings frontend_settings_;
    net::Admission admission_;
    net::EventLoop hub_loop_;
    net::Occupancy occupancy_;  ///< whether the I/O loops may rest; the hub's thread
    std::optional<net::Signals> signals_;
    Exchange exchange_;
    std::optional<nats::CredentialsFile> nats_credentials_;
    std::unique_ptr<nats::Connection> connection_;
    std::unique_ptr<NatsBus> bus_;
    std::unique_ptr<cache::Hub> hub_;
    std::optional<net::Certificate> certificate_;  ///< nothing without `tls`
    std::vector<IoLoop> io_loops_;
    std::unique_ptr<net::Listener> listener_;
    std::unique_ptr<MetricsEndpoint> metrics_;  ///< null without `metricsPort`
    const std::chrono::system_clock::time_point counting_since_ = std::chrono::system_clock::now();

    Stage stage_ = Stage::starting;
    std::size_t parts_left_ = 0;  ///< what the current stage still waits for
    TimerId stage_limit_ = TimerId::none;
    bool was_connected_ = false;
    bool connection_is_open_ = false;
    std::string problem_;
};

}  // namespace resgate::gateway
