#include "tools/text_parts.h"

#include <cstdio>

namespace sotto::tools {

std::string format_bytes(unsigned long long bytes) {
  char text[48];
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) {
    std::snprintf(text, sizeof text, "%llu bytes", bytes);
  } else if (bytes < 1'000'000) {
    std::snprintf(text, sizeof text, "%.1f kB", value / 1e3);
  } else if (bytes < 1'000'000'000) {
    std::snprintf(text, sizeof text, "%.1f MB", value / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.2f GB", value / 1e9);
  }
  return text;
}

}  // namespace sotto::tools
