#include "tools/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tools/display_text.h"

namespace sotto::tools {
namespace {

std::string colored(std::string_view text, double probability) {
  const char* const color = probability < 0.5 ? "31" : probability < 0.8 ? "33" : "32";
  std::string shown = "\x1b[";
  return shown.append(color).append("m").append(printable(text)).append("\x1b[0m");
}

}  // namespace

bool is_terminal(int descriptor) {
  const char* const type = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && type != nullptr && std::string_view(type) != "dumb";
}

bool takes_colors(int descriptor) {
  const char* const refused = std::getenv("NO_COLOR");
  return is_terminal(descriptor) && (refused == nullptr || *refused == '\0');
}

std::size_t terminal_width(int descriptor) {
  winsize size = {};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return std::clamp<std::size_t>(known ? size.ws_col : 80, 20, 200);
}

std::string colored_text(const Segment& segment) {
  if (segment.words.empty()) {
    if (segment.token_probabilities.empty()) return printable(segment.text);
    return colored(segment.text, std::exp(segment.avg_logprob));
  }
  std::string text;
  for (const Word& word : segment.words) {
    std::string_view shown = word.text;
    if (text.empty()) shown.remove_prefix(std::min(shown.find_first_not_of(' '), shown.size()));
    text += colored(shown, word.probability);
  }
  return text;
}

}  // namespace sotto::tools
