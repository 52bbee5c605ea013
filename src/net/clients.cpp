#include "net/clients.h"

#include <ctime>
#include <memory>

#include "net/admission.h"
#include "net/event_loop.h"

namespace resgate::net {

namespace {

constexpr std::size_t scratch_size = 65536;

/// Has the processor fetch what is about to be flushed. The system's own work for the connection
/// before takes long enough for that, and has driven it from the nearer caches.
void fetch(const ClientConnection& connection) {
    const char* const begin = reinterpret_cast<const char*>(&connection);
    __builtin_prefetch(begin, 1);
    __builtin_prefetch(begin + 64, 1);
}

}  // namespace

Clients::Clients(EventLoop& loop, const Limits& limits, RequestHandler& handler,
                 Admission& admission)
    : loop_(loop),
      limits_(limits),
      handler_(handler),
      admission_(admission),
      scratch_(scratch_size) {
    loop_.at_end_of_turn([this] { flush(); });
}

Clients::~Clients() {
    while (!all_.empty()) {
        ClientConnection& connection = all_.front();
        connection.abandon();
        remove(connection);
    }
}

void Clients::adopt(FileDescriptor socket, PeerAddress peer) {
    // std::function wants to be copyable, a descriptor is not.
    auto shared = std::make_shared<FileDescriptor>(std::move(socket));
    loop_.post_brief([this, shared, peer] { take(std::move(*shared), peer); });
}

void Clients::take(FileDescriptor socket, const PeerAddress& peer) {
    const std::string_view limit = admission_.admit(peer);
    const ClientConnectionPtr connection(
        new ClientConnection(*this, std::move(socket), peer, !limit.empty()));
    intrusive_ptr_add_ref(connection.get());  // the reference of `all_`
    all_.push_back(*connection);
    ++size_;
    connection->start();
    if (!limit.empty()) {
        connection->report_refusal(limit);
    }
}

void Clients::remove(ClientConnection& connection) {
    all_.erase(all_.iterator_to(connection));
    --size_;
    emptied_ = size_ == 0;
    if (!connection.surplus_) {
        admission_.release(connection.peer());
    }
    ClientConnectionPtr last(&connection, false);
    if (loop_.visited()) {
        ended_in_visits_.push_back(std::move(last));
    }
}

void Clients::flush() {
    // A connection that takes up waiting input here can become dirty again.
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
        const ClientConnectionPtr connection = std::move(dirty_[i]);
        if (i + 1 < dirty_.size()) {
            fetch(*dirty_[i + 1]);
        }
        connection->flush();
    }
    dirty_.clear();
    if (!loop_.visited()) {
        ended_in_visits_.clear();
    }
    if (emptied_ && size_ == 0 && on_empty_) {
        on_empty_();
    }
    emptied_ = false;
}

void Clients::close_websockets(ws::CloseCode code, std::string_view reason) {
    hurried_ = true;
    for (ClientConnection& connection : all_) {
        if (connection.is_websocket()) {
            connection.close(code, reason);
        }
    }
}

void Clients::finish() {
    finishing_ = true;
    hurried_ = true;
    for (ClientConnection& connection : all_) {
        if (!connection.is_websocket() && !connection.answer_pending_) {
            connection.close(ws::CloseCode::none);
        }
    }
}

void Clients::abort(std::string_view reason) {
    for (ClientConnection& connection : all_) {
        connection.end(reason);
    }
}

std::size_t Clients::pending_websocket_bytes() const {
    std::size_t sum = 0;
    for (const ClientConnection& connection : all_) {
        sum += connection.is_websocket() ? connection.pending_bytes() : 0;
    }
    return sum;
}

std::unique_ptr<http::RequestReader> Clients::take_reader() {
    if (spare_reader_) {
        return std::move(spare_reader_);
    }
    return std::make_unique<http::RequestReader>(limits_.max_header_size, limits_.max_message_size);
}

void Clients::give_back(std::unique_ptr<http::RequestReader> reader) {
    reader->reset();
    spare_reader_ = std::move(reader);
}

std::string_view Clients::date() {
    const std::int64_t now = std::time(nullptr);
    if (now != date_second_) {
        date_second_ = now;
        date_ = http::http_date(now);
    }
    return date_;
}

}  // namespace resgate::net
