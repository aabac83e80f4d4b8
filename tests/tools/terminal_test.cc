#include "tools/terminal.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace sotto::tools {
namespace {

TEST(ColoredText, IsColoredByProbability) {
  Segment segment;
  segment.text = "one two six";
  EXPECT_EQ(colored_text(segment), "one two six");
  segment.token_probabilities = {0.5F};
  segment.avg_logprob = -0.1;
  EXPECT_EQ(colored_text(segment), "\x1b[32mone two six\x1b[0m");
  segment.words = {{0, 1, " one", 0.9}, {1, 2, " two", 0.6}, {2, 3, " s\x1Bx", 0.1}};
  EXPECT_EQ(colored_text(segment), "\x1b[32mone\x1b[0m\x1b[33m two\x1b[0m\x1b[31m sx\x1b[0m");
}

TEST(Terminal, IsNoFileAndNoneThatIsDumb) {
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_FALSE(is_terminal(file));
  EXPECT_EQ(terminal_width(file), 80U);
  ::close(file);

  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no pseudo terminals";
  ::setenv("TERM", "dumb", 1);
  EXPECT_FALSE(is_terminal(terminal));
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  if (!is_terminal(terminal)) {
    ::close(terminal);
    GTEST_SKIP() << "the master's end is no terminal here";
  }
  EXPECT_TRUE(takes_colors(terminal));
  ::setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(takes_colors(terminal));
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(takes_colors(terminal));
  ::unsetenv("NO_COLOR");
  ::close(terminal);
}

}  // namespace
}  // namespace sotto::tools
