#include "lib/text/strip.h"

#include <algorithm>
#include <cstddef>

#include "lib/text/unicode.h"
#include "lib/text/utf8.h"

namespace sotto::text {

std::string_view strip(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    if (!is_python_space(step.code)) {
      begin = std::min(begin, at);
      end = at + step.length;
    }
    at += step.length;
  }
  return begin < end ? text.substr(begin, end - begin) : std::string_view();
}

std::string stripped(std::string text) {
  const std::string_view kept = strip(text);
  if (kept.empty()) return {};
  const auto before = static_cast<std::size_t>(kept.data() - text.data());
  text.resize(before + kept.size());
  text.erase(0, before);
  return text;
}

}  // namespace sotto::text
