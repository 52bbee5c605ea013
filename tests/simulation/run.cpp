#include "simulation/run.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "simulation/client_model.h"
#include "simulation/http_reads.h"
#include "simulation/services.h"

namespace resgate::simulation {

namespace {

using std::chrono::milliseconds;
using Kind = ClientModel::Kind;

constexpr milliseconds timeout{3000};

struct Client {
    test::TestClient* end;
    ClientModel model;
};

class Run {
  public:
    Run(std::uint64_t seed, bool trace) : dice_(seed), core_(options()), trace_(trace) {
        core_.automatic = false;
        gets_may_fail_ = dice_.chance(30);
    }

    Totals simulate(std::size_t steps) {
        for (std::size_t i = 0; i < steps; ++i) {
            step();
            look();
            part_with_given_up();
        }
        services_.calm_down();
        settle();
        services_.reset_outdated();
        settle();
        check_views();
        probe_access();
        leave();
        totals_.requests += reads_.made();
        return totals_;
    }

  private:
    Core::Options options() {
        Core::Options options;
        loops_ = options.loops = 1 + dice_.below(3);
        options.settings.reset_throttle = dice_.chance(50) ? 2 : 0;
        options.settings.reference_throttle = dice_.chance(50) ? 2 : 0;
        if (dice_.chance(30))
            options.settings.unsubscribe_delay = milliseconds(0);
        if (dice_.chance(30))
            options.settings.locked_bytes = 1000;
        if (dice_.chance(30))
            options.max_held_bytes = 4000;
        return options;
    }

    void step() {
        const std::size_t kind = dice_.below(100);
        if (kind < 2)
            reads_.act();
        else if (kind < 18)
            client_acts();
        else if (kind < 32)
            services_.act(cids());
        else if (kind < 52)
            serve_one();
        else if (kind < 75)
            core_.pump_to_hub(dice_.below(loops_));
        else if (kind < 97)
            core_.pump_to_loop(dice_.below(loops_));
        else
            advance(milliseconds(dice_.pick(std::vector<int>{0, 10, 500, 1500})));
        if (dice_.chance(2))
            exchange();
    }

    void exchange() {
        for (bool busy = true; busy;) {
            busy = false;
            for (std::size_t loop = 0; loop < loops_; ++loop) {
                while (core_.pump_to_hub(loop) || core_.pump_all_to_loop(loop))
                    busy = true;
            }
        }
    }

    std::vector<std::string> cids() const {
        std::vector<std::string> all;
        for (const auto& client : clients_)
            all.emplace_back(client->end->cid());
        return all;
    }

    struct Pending {
        ServiceCall call;
        milliseconds sent;
    };

    void note_requests() {
        for (const std::string& subject : core_.pending_subjects())
            requests_.push_back({core_.take(subject), now_});
    }

    bool serve_one() {
        note_requests();
        if (requests_.empty())
            return false;
        serve(dice_.below(requests_.size()));
        return true;
    }

    void serve(std::size_t index) {
        if (!services_.is_calm() && dice_.chance(3))
            return ask_for_time(requests_[index]);
        const Pending pending = std::move(requests_[index]);
        requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(index));
        if (gets_may_fail_ && !services_.is_calm() && dice_.chance(4) &&
            pending.call.subject.starts_with("get."))
            return core_.reply_no_responders(pending.call);
        ++totals_.service_requests;
        if (trace_)
            std::fprintf(stderr, "serve %s %s\n", pending.call.subject.c_str(),
                         pending.call.payload.dump().c_str());
        services_.serve(pending.call, now_ - pending.sent >= timeout);
    }

    /// [TMO-4]
    void ask_for_time(Pending& pending) {
        if (now_ - pending.sent >= timeout)
            return;
        constexpr milliseconds more{5000};
        core_.reply(pending.call, "timeout:\"" + std::to_string(more.count()) + "\"");
        pending.sent = now_ + more - timeout;
    }

    /// Gets time out and find no responders only where nobody calls: a client could not tell from
    /// the answer whether access or the load failed, and so whether it has a subscription
    /// ([CCL-6]).
    void advance(milliseconds duration) {
        note_requests();
        for (std::size_t i = requests_.size(); i-- > 0 && !gets_may_fail_;) {
            if (requests_[i].call.subject.starts_with("get.") &&
                now_ + duration - requests_[i].sent >= timeout)
                serve(i);
        }
        if (trace_)
            std::fprintf(stderr, "advance %d\n", static_cast<int>(duration.count()));
        now_ += duration;
        core_.advance(duration);
    }

    void client_acts() {
        if (clients_.empty() || (clients_.size() < 4 && dice_.chance(5))) {
            return connect();
        }
        const std::size_t index = dice_.below(clients_.size());
        Client& client = *clients_[index];
        const std::size_t kind = dice_.below(100);
        if (kind < 1) {
            client.end->disconnect();
            clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
        } else if (kind < 40) {
            request(client, Kind::subscribe, "subscribe.", services_.any_rid());
        } else if (kind < 52) {
            request(client, Kind::get, "get.", services_.any_rid());
        } else if (kind < 58 && gets_may_fail_) {
            request(client, Kind::get, "get.", services_.any_rid());
        } else if (kind < 56) {
            request(client, Kind::call, "call.", services_.any_rid() + ".do");
        } else if (kind < 58) {
            request(client, Kind::call, "auth.", services_.any_rid() + ".do");
        } else if (!client.model.directs().empty()) {
            auto chosen = client.model.directs().begin();
            std::advance(chosen,
                         static_cast<std::ptrdiff_t>(dice_.below(client.model.directs().size())));
            request(client, Kind::unsubscribe, "unsubscribe.", chosen->first,
                    1 + static_cast<unsigned>(dice_.below(chosen->second)));
        }
    }

    void connect() {
        const std::size_t kind = dice_.below(10);
        const std::string version = kind < 7 ? "1.2.3" : kind < 9 ? "1.2.0" : "1.1.1";
        auto& end = core_.connect(version, dice_.below(loops_));
        clients_.push_back(std::make_unique<Client>(
            Client{&end, ClientModel({version < "1.2.1", version < "1.2.0"})}));
        client_ids_[&end] = 1;  // of the version request
    }

    void request(Client& client, Kind kind, const std::string& type, const std::string& rid,
                 unsigned count = 1) {
        ++totals_.requests;
        if (trace_)
            std::fprintf(stderr, "%s > %s%s\n", client.end->cid().substr(0, 4).c_str(),
                         type.c_str(), rid.c_str());
        // The id is known to the model before the answer can come: ids count up.
        client.model.sent(++client_ids_[client.end], kind, rid, count);
        std::optional<std::string> params;
        if (kind == Kind::unsubscribe)
            params = Json({{"count", count}}).dump();
        client.end->request(type + rid, params);
    }

    /// Lets the clients look at what came.
    void look() {
        reads_.end_answered();
        for (const auto& client : clients_) {
            while (client->end->waiting() > 0) {
                const Json message = client->end->next();
                ++totals_.messages;
                if (trace_)
                    std::fprintf(stderr, "%s < %s\n", client->end->cid().substr(0, 4).c_str(),
                                 message.dump().c_str());
                try {
                    client->model.receive(message);
                } catch (const Violation& violation) {
                    throw Violation(std::string(violation.what()) + ": " + message.dump());
                }
            }
        }
        for (const auto& [level, text] : core_.log.lines) {
            // If services send nothing invalid, the cache is not where it should be.
            if (level == LogLevel::error && !services_.are_faulty() &&
                text.find(" event on ") != std::string::npos)
                throw Violation(text);
        }
        core_.log.lines.clear();
    }

    /// [LMT-15]: the connection ends at the end of a turn.
    void part_with_given_up() {
        std::erase_if(clients_, [](const std::unique_ptr<Client>& client) {
            const bool given_up = client->end->given_up();
            if (given_up)
                client->end->disconnect();
            return given_up;
        });
    }

    void settle() {
        for (int round = 0; round < 4; ++round) {
            do {
                exchange();
                look();
                part_with_given_up();
            } while (serve_one());
            advance(milliseconds(1500));
            look();
        }
        do {
            exchange();
            look();
        } while (serve_one());
    }

    std::string expanded(std::string rid, const Client& client) const {
        if (const std::size_t tag = rid.find("{cid}"); tag != std::string::npos)
            rid.replace(tag, 5, client.end->cid());
        return rid;
    }

    void check_views() {
        if (reads_.unanswered() > 0)
            throw Violation("an HTTP request without answer");
        for (const auto& client : clients_) {
            const ClientModel& model = client->model;
            if (model.unanswered() > 0)
                throw Violation("unanswered requests of " + client->end->cid() + ": " +
                                model.describe_unanswered());
            for (const auto& [rid, count] : model.directs()) {
                // One that failed to load keeps its count, and is not checked again ([FAI-4]).
                if (services_.forbids(client->end->cid(), rid) && !model.resources().at(rid).failed)
                    throw Violation(rid + " is subscribed in spite of the token");
            }
            // What was deleted or failed may have been loaded since, without having been delivered.
            bool exact = !model.ambiguous();
            for (const auto& [rid, resource] : model.resources())
                exact = exact && !resource.deleted && !resource.failed;
            for (const std::string& rid : model.certain()) {
                const ClientModel::Resource& resource = model.resources().at(rid);
                if (resource.failed || resource.deleted)
                    continue;
                const Json content = model.as_sent(services_.content(expanded(rid, *client)));
                if (resource.content != content)
                    throw Violation(rid + " is " + resource.content.dump() +
                                    " for the client, but " + content.dump());
            }
            const std::size_t count = client->end->session().subscription_count();
            if (exact && count != model.resources().size())
                throw Violation("the session has " + std::to_string(count) +
                                " subscriptions, the client " +
                                std::to_string(model.resources().size()));
        }
    }

    /// What a client holds indirectly and must not read with its token, it must not be able to
    /// subscribe to: no outcome of an earlier token may be remembered ([REV-5]).
    void probe_access() {
        for (const auto& client : clients_) {
            std::vector<std::string> forbidden;
            for (const auto& [rid, resource] : client->model.resources()) {
                if (services_.forbids(client->end->cid(), rid))
                    forbidden.push_back(rid);
            }
            for (const std::string& rid : forbidden)
                request(*client, Kind::subscribe, "subscribe.", rid);
        }
        settle();
        check_views();
    }

    void leave() {
        for (const auto& client : clients_) {
            const auto directs = client->model.directs();
            for (const auto& [rid, count] : directs)
                request(*client, Kind::unsubscribe, "unsubscribe.", rid, count);
            look();
            const std::size_t left = client->end->session().subscription_count();
            if (left > 0 && !client->model.ambiguous())
                throw Violation(std::to_string(left) + " subscriptions without a direct one");
            client->end->disconnect();
        }
        clients_.clear();
        reads_.end_all();
        exchange();
        core_.advance(milliseconds(5000));
        exchange();
        if (core_.hub().use_count() > 0 || core_.hub().entry_count() > 0 ||
            !core_.event_subscriptions().empty())
            throw Violation("left in the cache: " + std::to_string(core_.hub().entry_count()) +
                            " entries, " + std::to_string(core_.hub().use_count()) + " uses");
    }

    Dice dice_;
    std::size_t loops_ = 1;
    bool gets_may_fail_ = false;
    Core core_;
    const bool trace_;
    Services services_{core_, dice_, trace_};
    HttpReads reads_{core_, loops_, services_, dice_};
    std::vector<std::unique_ptr<Client>> clients_;
    std::map<const test::TestClient*, std::uint64_t> client_ids_;
    std::vector<Pending> requests_;
    milliseconds now_{0};
    Totals totals_;
};

}  // namespace

Totals run(std::uint64_t seed, std::size_t steps, bool trace) {
    return Run(seed, trace).simulate(steps);
}

}  // namespace resgate::simulation
