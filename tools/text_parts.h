// Text put together from its parts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace sotto::tools {

inline std::string concat(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all.append(part);
  return all;
}

// "41.6 MB", in powers of 1000 as shops and disks count.
std::string format_bytes(unsigned long long bytes);

}  // namespace sotto::tools
