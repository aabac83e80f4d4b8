#include "tools/machine.h"

#include <sys/resource.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

namespace sotto::tools {
namespace {

std::optional<std::string> first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.empty()) return std::nullopt;
  return line;
}

std::optional<double> number(const std::optional<std::string>& text) {
  long long value = 0;
  if (!text) return std::nullopt;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return static_cast<double>(value);
}

}  // namespace

std::size_t peak_rss_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string key;
    std::size_t kib = 0;
    if (words >> key >> kib && key == "VmHWM:") return kib * 1024;
  }
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

MachineState read_machine_state(const std::filesystem::path& sys) {
  MachineState state;
  state.governor = first_line(sys / "devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (const auto milli = number(first_line(sys / "class/thermal/thermal_zone0/temp"))) {
    state.temperature_celsius = *milli / 1000;
  }
  state.throttled = first_line(sys / "devices/platform/soc/soc:firmware/get_throttled");
  if (state.throttled && !state.throttled->starts_with("0x")) state.throttled->insert(0, "0x");
  return state;
}

}  // namespace sotto::tools
