#include "gateway/metrics.h"

#include <atomic>
#include <mutex>
#include <type_traits>

#include <gtest/gtest.h>

namespace resgate::gateway {
namespace {

/// Whether counting with a `Figures` can neither lock nor allocate: it owns no memory, no mutex,
/// and nothing that other threads may touch, as each of these would keep it from being copied
/// bytewise.
template <typename Figures>
constexpr bool is_plain =
    std::is_trivially_copyable_v<Figures> && std::is_trivially_destructible_v<Figures> &&
    std::is_copy_constructible_v<Figures>;

static_assert(!is_plain<std::mutex> && !is_plain<std::atomic<int>> && !is_plain<Refusals>);

// [MTX-3] All that is counted on the way of a message. Refusals are not: they end a connection, or
// a request that costs a reply.
static_assert(is_plain<session::RequestCounters>);
static_assert(is_plain<api::RequestCounters>);
static_assert(is_plain<net::Clients::Sent>);
static_assert(is_plain<net::Clients::WebSockets>);
static_assert(is_plain<nats::Traffic>);
static_assert(is_plain<NatsBus::RequestFigures>);

/// Figures that all differ, so that none can stand for another.
LoopFigures figures(std::uint64_t factor) {
    LoopFigures figures;
    figures.websockets = {1 * factor, 2 * factor};
    figures.sent = {3 * factor, 4 * factor};
    figures.pending_websocket_bytes = 5 * factor;
    figures.websocket_requests = {6 * factor, 7 * factor, 8 * factor, 9 * factor, 10 * factor};
    figures.http_requests = {11 * factor, 12 * factor, 13 * factor, 14 * factor, 15 * factor};
    figures.refusals = {{"maxMessageSize", 16 * factor}};
    return figures;
}

// [MTX-1] The sum of what the loops have counted; none of the figures is left out.
TEST(LoopFigures, AreSummedUp) {
    LoopFigures sum = figures(1);
    LoopFigures other = figures(100);
    other.refusals["maxConnections"] = 7;
    sum += other;
    const LoopFigures expected = figures(101);
    EXPECT_EQ(sum.websockets.current, expected.websockets.current);
    EXPECT_EQ(sum.websockets.total, expected.websockets.total);
    EXPECT_EQ(sum.sent.messages, expected.sent.messages);
    EXPECT_EQ(sum.sent.bytes, expected.sent.bytes);
    EXPECT_EQ(sum.pending_websocket_bytes, expected.pending_websocket_bytes);
    EXPECT_EQ(sum.websocket_requests.get, expected.websocket_requests.get);
    EXPECT_EQ(sum.websocket_requests.subscribe, expected.websocket_requests.subscribe);
    EXPECT_EQ(sum.websocket_requests.unsubscribe, expected.websocket_requests.unsubscribe);
    EXPECT_EQ(sum.websocket_requests.call, expected.websocket_requests.call);
    EXPECT_EQ(sum.websocket_requests.auth, expected.websocket_requests.auth);
    EXPECT_EQ(sum.http_requests.get, expected.http_requests.get);
    EXPECT_EQ(sum.http_requests.post, expected.http_requests.post);
    EXPECT_EQ(sum.http_requests.put, expected.http_requests.put);
    EXPECT_EQ(sum.http_requests.delete_, expected.http_requests.delete_);
    EXPECT_EQ(sum.http_requests.patch, expected.http_requests.patch);
    EXPECT_EQ(sum.refusals, (Refusals{{"maxMessageSize", 16 * 101}, {"maxConnections", 7}}));
}

}  // namespace
}  // namespace resgate::gateway
