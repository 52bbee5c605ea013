#include "simulation/client_model.h"

#include <utility>
#include <vector>

namespace resgate::simulation {

namespace {

void require(bool condition, const std::string& what) {
    if (!condition)
        throw Violation(what);
}

/// A member that is an object; an empty one if it is missing.
const Json& member(const Json& object, const char* name) {
    static const Json nothing = Json::object();
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

/// Codes with which the load of a resource fails here; others come from access ([CNT-3]).
bool is_load_failure(const std::string& code) {
    return code == "system.notFound" || code == "system.internalError" || code == "sim.get";
}

}  // namespace

std::string reference_of(const Json& value) {
    return value.is_object() && value.contains("rid") && !value.value("soft", false)
               ? value["rid"].get<std::string>()
               : std::string();
}

void ClientModel::sent(std::uint64_t id, Kind kind, std::string rid, unsigned count) {
    if (kind == Kind::subscribe || kind == Kind::get)
        ++pending_[rid];
    if (kind == Kind::call)
        ++calls_;
    requests_.emplace(id, Request{kind, std::move(rid), count});
}

unsigned ClientModel::direct(const std::string& rid) const {
    const auto found = direct_.find(rid);
    return found == direct_.end() ? 0 : found->second;
}

std::string ClientModel::describe_unanswered() const {
    std::string text;
    for (const auto& [id, request] : requests_)
        text += std::to_string(id) + ' ' + request.rid + "; ";
    return text;
}

void ClientModel::receive(const Json& message) {
    if (message.contains("id"))
        return receive_response(message);
    const std::string name = message.at("event");
    const std::size_t dot = name.rfind('.');
    receive_event(name.substr(0, dot), name.substr(dot + 1), message.at("data"));
}

Json ClientModel::as_sent(Json content) const {
    if (!legacy_.values)
        return content;
    for (Json& value : content) {
        if (value.is_object() && value.contains("data"))
            value = "[Data]";
        else if (value.is_object() && value.value("soft", false))
            value = value["rid"];
    }
    return content;
}

void ClientModel::end_pending(const std::string& rid) {
    if (--pending_[rid] == 0)
        pending_.erase(rid);
}

void ClientModel::receive_response(const Json& message) {
    const auto found = requests_.find(message.at("id").get<std::uint64_t>());
    require(found != requests_.end(), "a response to no request");
    const Request request = std::move(found->second);
    requests_.erase(found);
    const bool success = !message.contains("error");
    const Json result = success ? message.value("result", Json::object()) : Json::object();
    switch (request.kind) {
        case Kind::unsubscribe:
            require(success, "unsubscribe refused");
            if ((direct_[request.rid] -= request.count) == 0)
                direct_.erase(request.rid);
            return check_and_collect(result);
        case Kind::subscribe:
        case Kind::get:
            take_set(result);
            require(!success || resources_.contains(request.rid) || ambiguous_,
                    "success without the resource " + request.rid);
            if (success)
                check_and_collect(result);
            end_pending(request.rid);
            if (success && request.kind == Kind::subscribe)
                ++direct_[request.rid];
            return check_and_collect(Json::object());
        case Kind::call:
            if (success && !legacy_.results && result.contains("rid")) {
                const std::string rid = result["rid"];
                const Json errors = result.value("errors", Json::object());
                const bool failed = errors.contains(rid);
                ambiguous_ |= failed && errors[rid]["code"] == "system.timeout";
                if (!failed || is_load_failure(errors[rid]["code"])) {
                    take_set(result);
                    require(resources_.contains(rid), "no resource in a resource response");
                    ++direct_[rid];
                    check_and_collect(result);
                }
            }
            --calls_;
            return check_and_collect(Json::object());
    }
}

void ClientModel::take_set(const Json& set) {
    for (const char* const type : {"models", "collections"}) {
        // What the client holds already may be among it: it is harmless, and needed where the
        // gateway released something for an event that still waits ([APP-5]).
        for (const auto& [rid, content] : member(set, type).items())
            resources_[rid] = {content, false, false};
    }
    for (const auto& [rid, error] : member(set, "errors").items()) {
        require(!error["code"].get<std::string>().empty(), "an error without code for " + rid);
        Resource& resource = resources_[rid];
        if (!resource.deleted)  // the client keeps what was deleted ([DEL-5])
            resource = {error, true, false};
    }
}

void ClientModel::change(Resource& resource, const Json& values) {
    require(resource.content.is_object(), "change of a collection");
    require(!values.empty(), "a change of nothing");
    for (const auto& [key, value] : values.items()) {
        const auto before = resource.content.find(key);
        if (value.is_object() && value.contains("action")) {
            require(before != resource.content.end(), "deletion of a property that is not there");
            resource.content.erase(key);
        } else {
            // Two data values look the same to an old client.
            require(before == resource.content.end() || *before != value || legacy_.values,
                    "change of " + key + " to what it was");
            resource.content[key] = value;
        }
    }
}

void ClientModel::receive_event(const std::string& rid, const std::string& event,
                                const Json& data) {
    const auto found = resources_.find(rid);
    if (found == resources_.end() && ambiguous_)
        return;  // the gateway may know of a subscription that the client was not told of
    require(found != resources_.end(), event + " event on unknown " + rid);
    require(!found->second.failed, event + " event on failed " + rid);
    if (event == "unsubscribe") {
        direct_.erase(rid);
        return check_and_collect(Json::object());
    }
    require(!found->second.deleted, event + " event on deleted " + rid);
    // In the resource set of its own event a resource cannot be: it is held.
    if (event == "change" || event == "add")
        take_set(data);
    Resource& resource = found->second;
    if (event == "change") {
        change(resource, data.at("values"));
    } else if (event == "add" || event == "remove") {
        require(resource.content.is_array(), event + " on a model");
        const auto index = data.at("idx").get<std::size_t>();
        require(index < resource.content.size() + (event == "add" ? 1 : 0),
                event + " out of bounds");
        const auto at = resource.content.begin() + static_cast<std::ptrdiff_t>(index);
        if (event == "add")
            resource.content.insert(at, data.at("value"));
        else
            resource.content.erase(at);
    } else if (event == "delete") {
        resource.deleted = true;
    }
    check_and_collect(data);
}

std::set<std::string> ClientModel::reachable(bool through_deleted) const {
    std::set<std::string> reached;
    std::vector<std::string> unexplored;
    for (const auto* const roots : {&direct_, &pending_}) {
        for (const auto& [rid, count] : *roots)
            unexplored.push_back(rid);
    }
    while (!unexplored.empty()) {
        const std::string rid = std::move(unexplored.back());
        unexplored.pop_back();
        const auto found = resources_.find(rid);
        if (found == resources_.end() || !reached.insert(rid).second || found->second.failed ||
            (found->second.deleted && !through_deleted))
            continue;
        for (const Json& value : found->second.content) {
            if (std::string target = reference_of(value); !target.empty())
                unexplored.push_back(std::move(target));
        }
    }
    return reached;
}

/// Everything certain must be complete, and what a set brought must have been needed.
void ClientModel::check_and_collect(const Json& set) {
    const std::set<std::string> kept = reachable(true);
    for (const char* const type : {"models", "collections", "errors"}) {
        for (const auto& [rid, content] : member(set, type).items())
            require(kept.contains(rid) || calls_ > 0, rid + " sent without need");
    }
    for (const std::string& rid : certain()) {
        const Resource& resource = resources_.at(rid);
        if (resource.failed || resource.deleted)
            continue;
        for (const Json& value : resource.content) {
            const std::string target = reference_of(value);
            require(target.empty() || resources_.contains(target) || ambiguous_,
                    rid + " refers to " + target + ", which is not there");
        }
    }
    // While a call is under way, the gateway may hold for it what the client does not know of.
    if (calls_ == 0)
        std::erase_if(resources_, [&](const auto& item) { return !kept.contains(item.first); });
}

}  // namespace resgate::simulation
