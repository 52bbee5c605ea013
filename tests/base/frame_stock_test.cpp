#include "base/frame_stock.h"

#include <vector>

#include <gtest/gtest.h>

namespace resgate {
namespace {

FramePtr frame() {
    return FrameBuilder().finish();
}

TEST(FrameStock, MakesOneOwnerAndCountsNoMore) {
    const FramePtr shared = frame();
    FrameStock stock(*shared);
    EXPECT_EQ(shared->use_count(), 1U);
    const FramePtr owner = stock.take();
    EXPECT_EQ(owner, shared);
    EXPECT_EQ(shared->use_count(), 2U);
}

TEST(FrameStock, TakesBackWhatNobodyTook) {
    for (const std::size_t count : {0U, 1U, 2U, 3U, 100U, 5000U}) {
        const FramePtr shared = frame();
        std::vector<FramePtr> owners;
        {
            FrameStock first(*shared);
            FrameStock stock(std::move(first));
            for (std::size_t i = 0; i < count; ++i) {
                owners.push_back(stock.take());
            }
            EXPECT_GE(shared->use_count(), 1 + count);
        }
        EXPECT_EQ(shared->use_count(), 1 + count);
        owners.clear();
        EXPECT_EQ(shared->use_count(), 1U);
    }
}

TEST(FrameStock, LeavesAFrameToTheLastOfItsOwners) {
    FramePtr owner;
    {
        const FramePtr shared = frame();
        FrameStock stock(*shared);
        owner = stock.take();
    }
    EXPECT_EQ(owner->use_count(), 1U);
    EXPECT_EQ(owner->wire(), "");
}

}  // namespace
}  // namespace resgate
