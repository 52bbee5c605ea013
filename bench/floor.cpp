// What the kernel alone costs: does for the load program what a gateway cannot avoid (it waits,
// reads, asks the services over NATS and writes) and nothing else. It knows where the load puts
// things and what the services answer, so it parses no JSON, checks nothing and keeps no rule; a
// client that does not read is dropped. It is no gateway, and no gateway can cost less.

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/floor_nats.h"

namespace resgate::bench {
namespace {

constexpr std::size_t tree_size = 200;
constexpr std::size_t tree_branches = 6;
constexpr std::string_view access_request = R"({"token":null,"cid":"ctl4gd0v9hs2c0000000"})";
constexpr std::string_view model_head = R"({"result":{"model":)";
constexpr std::string_view model_tail = "}}";
constexpr std::string_view result_head = R"({"result":)";

struct Resource;

struct Connection {
    int socket = -1;
    bool websocket = false;
    bool dirty = false;
    std::size_t asked = 0;  ///< requests under way
    std::string input;      ///< an incomplete message
    std::string output;
    std::vector<Resource*> subscribed;
};

struct Resource {
    std::string name;
    std::string model;  ///< empty if not loaded
    std::string event_head;
    std::vector<Connection*> subscribers;
    std::string gathered;  ///< frames of this turn
};

/// What a client waits for.
struct Operation {
    enum class Kind { subscribe, http_get, call };
    Kind kind = Kind::subscribe;
    Connection* connection = nullptr;
    Resource* resource = nullptr;
    std::string id;
    std::string models;       ///< of a tree
    std::size_t waiting = 0;  ///< replies
};

/// What a reply belongs to.
struct Slot {
    enum class Kind { access, get, call, reset };
    Kind kind = Kind::access;
    Operation* operation = nullptr;
    Resource* resource = nullptr;
};

void append_frame_head(std::string& out, std::size_t size) {
    out += '\x81';
    if (size < 126) {
        out += static_cast<char>(size);
    } else if (size < 65536) {
        out += '\x7e';
        out += static_cast<char>(size >> 8);
        out += static_cast<char>(size & 0xff);
    } else {
        out += '\x7f';
        for (int shift = 56; shift >= 0; shift -= 8)
            out += static_cast<char>(size >> shift & 0xff);
    }
}

std::string_view model_in(std::string_view reply) {
    return reply.substr(model_head.size(), reply.size() - model_head.size() - model_tail.size());
}

class Floor {
  public:
    Floor(std::uint16_t nats_port, std::uint16_t port)
        : nats_(nats_port),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            listen(listener_, 4096) != 0)
            floor_failure(std::strerror(errno));
        watch(listener_, &listener_);
        watch(nats_.socket(), &nats_);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 512> ready;
        while (true) {
            const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), -1);
            for (int i = 0; i < count; ++i) {
                void* const what = ready[static_cast<std::size_t>(i)].data.ptr;
                if (what == &nats_)
                    nats_.read([this](const FloorNats::Message& message) { on_message(message); });
                else if (what == &listener_)
                    accept();
                else
                    read(*static_cast<Connection*>(what));
            }
            flush();
        }
    }

  private:
    void watch(int socket, void* what) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = what;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    }

    void accept() {
        const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0)
            return;
        const int on = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto* const connection = new Connection;
        connection->socket = socket;
        watch(socket, connection);
    }

    void close(Connection& connection) {
        if (connection.socket < 0)
            return;
        ::close(connection.socket);
        connection.socket = -1;
        for (Resource* resource : connection.subscribed)
            std::erase(resource->subscribers, &connection);
        connection.subscribed.clear();
        gone_.push_back(&connection);
    }

    // --- clients -------------------------------------------------------------------------------

    void read(Connection& connection) {
        if (connection.socket < 0)
            return;
        const ssize_t size = recv(connection.socket, scratch_.data(), scratch_.size(), 0);
        if (size <= 0)
            return close(connection);
        std::string_view bytes(scratch_.data(), static_cast<std::size_t>(size));
        if (!connection.input.empty()) {
            connection.input += bytes;
            bytes = connection.input;
        }
        while (const std::size_t used = take(connection, bytes))
            bytes.remove_prefix(used);
        if (!bytes.empty() || !connection.input.empty())
            connection.input = std::string(bytes);
    }

    std::size_t take(Connection& connection, std::string_view bytes) {
        if (!connection.websocket) {
            const std::size_t end = bytes.find("\r\n\r\n");
            if (end == std::string_view::npos)
                return 0;
            on_http(connection, bytes.substr(0, end));
            return end + 4;
        }
        if (bytes.size() < 6)
            return 0;
        std::size_t head = 6;
        std::size_t size = static_cast<unsigned char>(bytes[1]) & 0x7fU;
        if (size == 126) {
            head = 8;
            size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) << 8 |
                   static_cast<unsigned char>(bytes[3]);
        }
        if (bytes.size() < head + size)
            return 0;
        on_text(connection, bytes.substr(head, size));
        return head + size;
    }

    void on_http(Connection& connection, std::string_view head) {
        if (head.find("Upgrade: websocket") != std::string_view::npos) {
            connection.websocket = true;
            write(connection,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Accept: "
                  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            return;
        }
        constexpr std::string_view begin = "GET /api/";
        std::string name(head.substr(begin.size(), head.find(' ', begin.size()) - begin.size()));
        for (char& c : name) {
            if (c == '/')
                c = '.';
        }
        load(Operation::Kind::http_get, connection, name, {});
    }

    /// `{"id":N,"method":"TYPE.RID..."...}`, as the load writes it.
    void on_text(Connection& connection, std::string_view text) {
        constexpr std::size_t id_at = 6;
        const std::size_t id_end = text.find(',', id_at);
        const std::string_view id = text.substr(id_at, id_end - id_at);
        const std::size_t method_at = id_end + std::strlen(R"(,"method":")");
        const std::string_view method =
            text.substr(method_at, text.find('"', method_at) - method_at);
        const std::string_view rest = method.substr(method.find('.') + 1);
        if (method.starts_with("subscribe"))
            return load(Operation::Kind::subscribe, connection, std::string(rest), id);
        if (method.starts_with("call")) {
            Operation& operation = begin(Operation::Kind::call, connection, nullptr, id);
            const std::size_t params_at = text.find(R"("params":)") + 9;
            request_text_ = R"({"params":)";
            request_text_ += text.substr(params_at, text.size() - 1 - params_at);
            request_text_ += R"(,"token":null,"cid":"ctl4gd0v9hs2c0000000"})";
            request(Slot::Kind::call, &operation, nullptr, method, request_text_);
            return;
        }
        std::string answer = R"({"id":)";
        if (method.starts_with("version")) {
            answer = R"({"result":{"protocol":"1.2.3"},"id":)";
        } else {  // unsubscribe
            Resource& resource = *resources_.at(std::string(rest));
            std::erase(resource.subscribers, &connection);
            std::erase(connection.subscribed, &resource);
        }
        answer += id;
        answer += '}';
        write_frame(connection, answer);
    }

    Operation& begin(Operation::Kind kind, Connection& connection, Resource* resource,
                     std::string_view id) {
        auto* const operation = new Operation;
        operation->kind = kind;
        operation->connection = &connection;
        operation->resource = resource;
        operation->id = id;
        ++connection.asked;
        return *operation;
    }

    void load(Operation::Kind kind, Connection& connection, const std::string& name,
              std::string_view id) {
        auto& place = resources_[name];
        const bool cached = place != nullptr;
        if (!cached)
            place = make(name);
        Operation& operation = begin(kind, connection, place.get(), id);
        if (!cached)
            request(Slot::Kind::get, &operation, place.get(), "get." + name, "{}");
        request(Slot::Kind::access, &operation, nullptr, "access." + name, access_request);
    }

    std::unique_ptr<Resource> make(const std::string& name) {
        auto resource = std::make_unique<Resource>();
        resource->name = name;
        resource->event_head = R"({"event":")" + name + R"(.change","data":)";
        const std::uint64_t sid = nats_.subscribe("event." + name + ".*");
        by_sid_.resize(sid + 1);
        by_sid_[sid] = resource.get();
        return resource;
    }

    // --- services ------------------------------------------------------------------------------

    void request(Slot::Kind kind, Operation* operation, Resource* resource,
                 std::string_view subject, std::string_view payload) {
        std::size_t slot = slots_.size();
        if (free_slots_.empty()) {
            slots_.emplace_back();
        } else {
            slot = free_slots_.back();
            free_slots_.pop_back();
        }
        slots_[slot] = {kind, operation, resource};
        if (operation != nullptr)
            ++operation->waiting;
        nats_.request(subject, payload, slot);
    }

    void on_message(const FloorNats::Message& message) {
        if (message.sid == FloorNats::reset_sid) {
            for (const auto& [name, resource] : resources_)
                request(Slot::Kind::reset, nullptr, resource.get(), "get." + name, "{}");
            return;
        }
        if (message.sid != FloorNats::inbox_sid)
            return broadcast(*by_sid_[message.sid], {}, message.payload, {});
        std::size_t number = 0;
        std::from_chars(message.subject.data() + message.subject.rfind('.') + 1,
                        message.subject.data() + message.subject.size(), number);
        const Slot slot = slots_[number];
        free_slots_.push_back(number);
        on_reply(slot, message.payload);
    }

    void on_reply(const Slot& slot, std::string_view payload) {
        if (slot.kind == Slot::Kind::reset)
            return broadcast(*slot.resource, R"({"values":)", model_in(payload), "}");
        Operation& operation = *slot.operation;
        if (slot.kind == Slot::Kind::call) {
            operation.models =
                payload.substr(result_head.size(), payload.size() - result_head.size() - 1);
        } else if (slot.kind == Slot::Kind::get) {
            slot.resource->model = model_in(payload);
            if (slot.resource->name.starts_with("bench.tree."))
                follow(operation, *slot.resource);
        }
        if (--operation.waiting == 0)
            finish(operation);
    }

    void follow(Operation& operation, const Resource& resource) {
        if (!operation.models.empty())
            operation.models += ',';
        operation.models += '"' + resource.name + "\":" + resource.model;
        const std::size_t dot = resource.name.rfind('.') + 1;
        const std::size_t index = std::stoul(resource.name.substr(dot));
        for (std::size_t i = index * tree_branches + 1; i <= (index + 1) * tree_branches; ++i) {
            if (i >= tree_size)
                return;
            const std::string name = resource.name.substr(0, dot) + std::to_string(i);
            auto& place = resources_[name];
            place = make(name);
            request(Slot::Kind::get, &operation, place.get(), "get." + name, "{}");
        }
    }

    void finish(Operation& operation) {
        Connection& connection = *operation.connection;
        --connection.asked;
        if (connection.socket >= 0)
            answer(operation);
        delete &operation;
    }

    void answer(const Operation& operation) {
        Connection& connection = *operation.connection;
        if (operation.kind == Operation::Kind::http_get) {
            const std::string& model = operation.resource->model;
            write(connection,
                  "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                  "Access-Control-Allow-Origin: *\r\nContent-Length: " +
                      std::to_string(model.size()) + "\r\n\r\n" + model);
            return;
        }
        std::string text;
        if (operation.kind == Operation::Kind::call) {
            text = R"({"result":{"payload":)" + operation.models;
        } else {
            text = R"({"result":{"models":{)";
            if (operation.models.empty())
                text += '"' + operation.resource->name + "\":" + operation.resource->model;
            else
                text += operation.models;
            text += '}';
            operation.resource->subscribers.push_back(&connection);
            connection.subscribed.push_back(operation.resource);
        }
        text += R"(},"id":)" + operation.id + '}';
        write_frame(connection, text);
    }

    // --- output --------------------------------------------------------------------------------

    void broadcast(Resource& resource, std::string_view head, std::string_view data,
                   std::string_view tail) {
        if (resource.gathered.empty())
            dirty_resources_.push_back(&resource);
        append_frame_head(resource.gathered,
                          resource.event_head.size() + head.size() + data.size() + tail.size() + 1);
        resource.gathered += resource.event_head;
        resource.gathered += head;
        resource.gathered += data;
        resource.gathered += tail;
        resource.gathered += '}';
    }

    void write_frame(Connection& connection, std::string_view text) {
        append_frame_head(connection.output, text.size());
        write(connection, text);
    }

    void write(Connection& connection, std::string_view bytes) {
        connection.output += bytes;
        if (!connection.dirty) {
            connection.dirty = true;
            dirty_.push_back(&connection);
        }
    }

    /// One write for NATS, and one for each connection that has something to be sent.
    void flush() {
        nats_.flush();
        if (dirty_resources_.size() == 1 && dirty_.empty()) {
            Resource& resource = *dirty_resources_.front();
            for (std::size_t i = resource.subscribers.size(); i-- > 0;)
                send(*resource.subscribers[i], resource.gathered);
            resource.gathered.clear();
        } else {
            for (Resource* resource : dirty_resources_) {
                for (Connection* connection : resource->subscribers)
                    write(*connection, resource->gathered);
                resource->gathered.clear();
            }
        }
        dirty_resources_.clear();
        for (Connection* connection : dirty_) {
            connection->dirty = false;
            send(*connection, connection->output);
            connection->output.clear();
        }
        dirty_.clear();
        std::erase_if(gone_, [](Connection* connection) {
            if (connection->asked > 0)
                return false;
            delete connection;
            return true;
        });
    }

    void send(Connection& connection, std::string_view bytes) {
        if (connection.socket >= 0 && ::send(connection.socket, bytes.data(), bytes.size(),
                                             MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            close(connection);
    }

    FloorNats nats_;
    int epoll_;
    int listener_;
    std::array<char, 65536> scratch_;
    std::unordered_map<std::string, std::unique_ptr<Resource>> resources_;
    std::vector<Resource*> by_sid_;
    std::vector<Slot> slots_;
    std::vector<std::size_t> free_slots_;
    std::string request_text_;
    std::vector<Connection*> dirty_;
    std::vector<Resource*> dirty_resources_;
    std::vector<Connection*> gone_;
};

}  // namespace
}  // namespace resgate::bench

int main(int argc, char** argv) {
    std::uint16_t nats_port = 4222;
    std::uint16_t port = 8080;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::string_view value = argv[i + 1];
        if (name == "--nats")
            nats_port = static_cast<std::uint16_t>(
                std::strtoul(value.data() + value.rfind(':') + 1, nullptr, 10));
        else if (name == "--port")
            port = static_cast<std::uint16_t>(std::strtoul(value.data(), nullptr, 10));
    }
    const auto floor = std::make_unique<resgate::bench::Floor>(nats_port, port);
    floor->run();
}
