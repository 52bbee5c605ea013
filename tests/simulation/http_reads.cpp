#include "simulation/http_reads.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "simulation/client_model.h"

namespace resgate::simulation {

void HttpReads::act() {
    if (!reads_.empty() && dice_.chance(10))
        return end(dice_.below(reads_.size()));
    constexpr std::size_t at_once = 4;
    if (reads_.size() >= at_once)
        return;
    auto& sessions = core_.sessions(dice_.below(loops_));
    auto& session = sessions.open(nullptr, session::Origin{Text(), true, nullptr});
    reads_.push_back(std::make_unique<Read>(Read{&sessions, &session, false}));
    Read& read = *reads_.back();
    ++made_;
    const auto on_meta = [](const res::Meta&) { return session::Next::proceed; };
    const std::string rid = services_.any_rid();
    if (dice_.chance(70)) {
        session.get(rid, on_meta, [&read](const auto& root) {
            answer(read);
            if (root.ok())
                check_graph(**root);
        });
    } else {
        session.call(rid, "do", std::nullopt, on_meta, [&read](const auto&) { answer(read); });
    }
}

void HttpReads::answer(Read& read) {
    if (read.answered)
        throw Violation("two answers to an HTTP request");
    read.answered = true;
}

/// Everything that can be reached is loaded or failed ([LOD-4]).
void HttpReads::check_graph(const session::Subscription& root) {
    using State = session::Subscription::State;
    std::vector<const session::Subscription*> unexplored{&root};
    std::set<const session::Subscription*> seen;
    while (!unexplored.empty()) {
        const session::Subscription& at = *unexplored.back();
        unexplored.pop_back();
        if (!seen.insert(&at).second || at.state == State::failed)
            continue;
        if (at.state != State::loaded || !at.content())
            throw Violation("a GET was answered before its graph was loaded");
        at.content()->for_each_reference([&](std::string_view rid) {
            const session::Subscription* const target = at.session.find_subscription(rid);
            if (!target)
                throw Violation("a reference that leads nowhere: " + std::string(rid));
            unexplored.push_back(target);
        });
    }
}

void HttpReads::end(std::size_t index) {
    reads_[index]->sessions->close(*reads_[index]->session);
    reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(index));
}

void HttpReads::end_answered() {
    for (std::size_t i = reads_.size(); i-- > 0;) {
        if (reads_[i]->answered)
            end(i);
    }
}

void HttpReads::end_all() {
    while (!reads_.empty())
        end(reads_.size() - 1);
}

std::size_t HttpReads::unanswered() const {
    std::size_t count = 0;
    for (const auto& read : reads_)
        count += static_cast<std::size_t>(!read->answered);
    return count;
}

}  // namespace resgate::simulation
