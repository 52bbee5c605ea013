#include "base/frame.h"

#include <string>

#include <gtest/gtest.h>

namespace resgate {
namespace {

TEST(Frame, IsTextsOneBehindTheOther) {
    const std::string large(100000, 'x');
    const FramePtr frame = Frame::of({"ab", "", "cd", large});
    EXPECT_EQ(frame->wire(), "abcd" + large);
    EXPECT_EQ(frame->payload(), frame->wire());
    EXPECT_EQ(Frame::of({})->wire(), "");
}

TEST(Frame, HasAHeaderInFrontOfItsPayload) {
    FrameBuilder builder;
    builder.text() += "payload";
    const FramePtr frame = builder.finish("header ", 3);
    EXPECT_EQ(frame->wire(), "header payload");
    EXPECT_EQ(frame->payload(), "payload");
    EXPECT_EQ(frame->form(), 3);
}

TEST(Frame, EndsWithItsOwnersAndItsFormsWithIt) {
    FramePtr frame = Frame::of({"plain"});
    FramePtr form = Frame::of({"other"}, 0, 1);
    const FramePtr kept = form;
    EXPECT_EQ(frame->append_form(form)->wire(), "other");
    EXPECT_EQ(form, nullptr);
    EXPECT_EQ(kept->use_count(), 2U);
    frame.reset();
    EXPECT_EQ(kept->use_count(), 1U);
}

}  // namespace
}  // namespace resgate
