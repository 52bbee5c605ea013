#include "net/signals.h"

#include <csignal>

#include <gtest/gtest.h>

#include "net/event_loop.h"

namespace resgate::net {
namespace {

TEST(Signals, BecomeCallsInATurnOfTheLoop) {
    EventLoop loop("signals");
    int calls = 0;
    const Signals signals(loop, {SIGUSR1, SIGHUP}, [&] {
        ++calls;
        loop.stop();
    });
    ASSERT_EQ(::raise(SIGUSR1), 0);
    ASSERT_EQ(::raise(SIGHUP), 0);
    EXPECT_EQ(calls, 0);
    loop.run();
    EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace resgate::net
