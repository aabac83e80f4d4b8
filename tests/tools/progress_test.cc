#include "tools/progress.h"

#include <gtest/gtest.h>

#include <string>

namespace sotto::tools {
namespace {

TEST(ProgressLine, HasBarSpeedRestAndName) {
  const ProgressState state{.name = "talk.mp3",
                            .share = 0.5,
                            .sound_seconds = 60,
                            .elapsed_seconds = 10,
                            .remaining_seconds = 71.6};
  EXPECT_EQ(progress_line(state, 80),
            " 50% [###############               ] 3.0x, 1:12 left, talk.mp3");
}

TEST(ProgressLine, SaysHowLongItWaitsWhileNothingIsDone) {
  EXPECT_EQ(progress_line({.name = "a.wav", .waited_seconds = 7}, 60),
            "  0% [" + std::string(30, ' ') + "] 0:07 so far, a.wav");
}

TEST(ProgressLine, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(progress_line({.share = 1, .remaining_seconds = 3723}, 60),
            "100% [##############################] 1:02:03 left");
}

TEST(ProgressLine, IsNeverWiderThanTheTerminal) {
  const ProgressState state{.name = "a very long name of a file with \xE6\x97\xA5\xE6\x9C\xAC.wav",
                            .share = 0.999,
                            .sound_seconds = 1e300,
                            .elapsed_seconds = 1e-300,
                            .remaining_seconds = 1e300};
  for (std::size_t width = 0; width <= 200; ++width) {
    const std::string line = progress_line(state, width);
    std::size_t columns = 0;
    for (const char c : line) {
      const auto code = static_cast<unsigned char>(c);
      if ((code & 0xC0) != 0x80) columns += code < 0x80 ? 1 : 2;
    }
    EXPECT_LE(columns, width) << line;
  }
}

TEST(LengthEstimate, IsRoughAfterTheFirstWindowAndExactAfterTheNext) {
  LengthEstimate length(10);
  EXPECT_EQ(length.seconds(), std::nullopt);
  length.add_progress(0);
  length.add_segment(10, 36);
  length.add_progress(0.25);  // up to second 40
  EXPECT_EQ(length.seconds(), 104);
  length.add_segment(40, 45);
  EXPECT_EQ(length.seconds(), 120);
  length.add_progress(0.5);
  length.add_progress(0.75);  // silence
  EXPECT_EQ(length.seconds(), 120);
}

TEST(LengthEstimate, IsExactWhereAWindowIsASegment) {
  LengthEstimate length(0);
  length.add_segment(0, 20);
  length.add_progress(0.2);
  length.add_segment(0, 50);
  length.add_progress(0.5);
  EXPECT_EQ(length.seconds(), 100);
}

TEST(ProgressLine, TakesAnyShare) {
  for (const double share : {-1.0, 2.0, 1e300}) {
    EXPECT_LE(progress_line({.share = share}, 40).size(), 40U) << share;
  }
}

}  // namespace
}  // namespace sotto::tools
