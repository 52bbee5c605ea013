#include "net/admission.h"

namespace resgate::net {

std::string_view Admission::admit(const PeerAddress& peer) {
    const std::lock_guard lock(mutex_);
    if (limits_.max_connections != 0 && open_ >= limits_.max_connections) {
        return "maxConnections";
    }
    if (limits_.max_connections_per_address != 0) {
        std::size_t& count = per_address_[peer.bytes];
        if (count >= limits_.max_connections_per_address) {
            return "maxConnectionsPerAddress";
        }
        ++count;
    }
    ++open_;
    return {};
}

void Admission::release(const PeerAddress& peer) {
    const std::lock_guard lock(mutex_);
    --open_;
    if (const auto it = per_address_.find(peer.bytes);
        it != per_address_.end() && --it->second == 0) {
        per_address_.erase(it);
    }
}

std::size_t Admission::open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

}  // namespace resgate::net
