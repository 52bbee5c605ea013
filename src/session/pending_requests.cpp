#include "session/pending_requests.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "session/requests.h"

namespace resgate::session {

void PendingRequests::put(std::size_t at, Request& request) {
    requests_[at] = &request;
    request.place = static_cast<std::uint32_t>(at);
}

void PendingRequests::add(Request& request) {
    requests_.push_back(&request);
    put(requests_.size() - 1, *requests_[counted_]);
    put(counted_++, request);
}

void PendingRequests::take_count(Request& request) {
    Request& last = *requests_[--counted_];
    put(request.place, last);
    put(counted_, request);
}

void PendingRequests::remove(Request& request) {
    if (!request.count_is_gone)
        take_count(request);
    put(request.place, *requests_.back());
    requests_.pop_back();
}

void PendingRequests::keep_counts(std::size_t left) {
    if (counted_ <= left)
        return;
    const auto counted = requests_.begin() + static_cast<std::ptrdiff_t>(counted_);
    std::vector<Request*> oldest(requests_.begin(), counted);
    oldest.resize(counted_ - left);
    std::partial_sort_copy(
        requests_.begin(), counted, oldest.begin(), oldest.end(),
        [](const Request* one, const Request* other) { return one->serial < other->serial; });
    for (Request* const request : oldest) {
        take_count(*request);
        request->count_is_gone = true;
    }
}

}  // namespace resgate::session
