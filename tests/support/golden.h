// Finds golden cases: folders with `model/` and `golden/` below the directories of
// SOTTO_GOLDEN_DIRS.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/shared.h"

namespace sotto::test {

// $SOTTO_GOLDEN_DIRS, separated by colons, or tests/golden and ../shared/golden.
inline std::vector<std::filesystem::path> golden_roots() {
  std::vector<std::filesystem::path> roots;
  const char* set = std::getenv("SOTTO_GOLDEN_DIRS");
  if (set == nullptr || *set == '\0') {
    return {std::filesystem::path(SOTTO_SOURCE_DIR) / "tests" / "golden", shared_root() / "golden"};
  }
  std::istringstream list(set);
  for (std::string root; std::getline(list, root, ':');) {
    if (!root.empty()) roots.emplace_back(root);
  }
  return roots;
}

struct GoldenCase {
  std::filesystem::path root;    // of the golden directory: holds audio/
  std::filesystem::path folder;  // holds model/ and golden/
};

inline void PrintTo(const GoldenCase& golden, std::ostream* os) { *os << golden.folder; }

// The cases of one kind ("moonshine"), in the order of their names.
inline std::vector<GoldenCase> golden_cases(const std::string& kind) {
  namespace fs = std::filesystem;
  std::vector<GoldenCase> cases;
  for (const fs::path& root : golden_roots()) {
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(root / kind, none)) {
      if (fs::is_directory(entry.path() / "model") && fs::is_directory(entry.path() / "golden")) {
        cases.push_back({root, entry.path()});
      }
    }
  }
  std::sort(cases.begin(), cases.end(),
            [](const GoldenCase& a, const GoldenCase& b) { return a.folder < b.folder; });
  return cases;
}

}  // namespace sotto::test
