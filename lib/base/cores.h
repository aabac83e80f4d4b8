// How many threads a computation should have on this machine.
#pragma once

#include <filesystem>
#include <vector>

namespace sotto::base {

// Where the system says what it has: Linux's /sys and /proc, or a test's.
struct SystemFiles {
  std::filesystem::path sys = "/sys";
  std::filesystem::path proc = "/proc";
};

// Physical cores of the fastest kind among the logical ones in `allowed`, which two threads of one
// core count once for; no more than the time that the process's control groups (v2, v1) let it
// have. What the system does not say is taken for the best: each allowed CPU a core of its own. At
// least 1.
unsigned performance_cores(const std::vector<unsigned>& allowed, const SystemFiles& files = {});

// The same for this process: of the CPUs that its affinity allows.
unsigned performance_cores();

}  // namespace sotto::base
