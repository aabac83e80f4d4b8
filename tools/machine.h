// What the system says of this process and of the machine under it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace sotto::tools {

// The most memory that the process has had resident so far; 0 where the system does not say.
std::size_t peak_rss_bytes();

// Why a machine may be slower than it was; each is there only where the system has it.
struct MachineState {
  std::optional<std::string> governor;        // of the first core: "performance"
  std::optional<double> temperature_celsius;  // of the first thermal zone
  std::optional<std::string> throttled;       // a Raspberry Pi's flags: "0x50000"; "0x0": never
};
MachineState read_machine_state(const std::filesystem::path& sys = "/sys");

}  // namespace sotto::tools
