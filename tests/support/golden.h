// Finds golden cases, folders with `model/` and `golden/` below the directories of
// SOTTO_GOLDEN_DIRS, and compares with what they hold.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"
#include "tests/support/xz.h"

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

// Whether what other instances prove already is run too: tools/soak.sh does.
inline bool every_golden() { return std::getenv("SOTTO_EVERY_GOLDEN") != nullptr; }

struct GoldenCase {
  std::filesystem::path root;    // of the golden directory: holds audio/
  std::filesystem::path folder;  // holds model/ and golden/
};

inline void PrintTo(const GoldenCase& golden, std::ostream* os) { *os << golden.folder; }

// Names the instances of a test over cases, for INSTANTIATE_TEST_SUITE_P.
inline constexpr auto kGoldenCaseName = [](const auto& tested) {
  std::string name = tested.param.folder.filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
};

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

inline nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

// Puts the file `from` into `folder`, uncompressed.
inline void place(const std::filesystem::path& from, const std::filesystem::path& folder) {
  if (from.extension() == ".xz") {
    const std::optional<std::string> contents = read_xz(from);
    if (!contents) throw std::runtime_error(from.string() + ": no .xz file");
    write_file(folder / from.stem(), *contents);
  } else {
    std::filesystem::copy_file(from, folder / from.filename());
  }
}

// The stated parity: max |difference| <= 2e-4 * max |reference| of that array.
inline constexpr double kTolerance = 2e-4;

inline void expect_close(std::span<const float> got, std::span<const float> want,
                         const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  double most = 0, difference = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    most = std::max(most, std::fabs(double{want[i]}));
    const double d = std::fabs(double{got[i]} - double{want[i]});
    difference = std::isfinite(d) ? std::max(difference, d) : INFINITY;
  }
  EXPECT_LE(difference, kTolerance * most) << what << ": largest reference " << most;
  printf("%s: max |difference| %.2e of max |reference|\n", what.c_str(), difference / most);
}

// dec_tf_logits_TAG_posA_B_C.npy in `folder`, with its positions: row i holds the logits after the
// i-th of them.
inline std::vector<std::pair<std::filesystem::path, std::vector<std::size_t>>> logits_files(
    const std::filesystem::path& folder, const std::string& tag) {
  std::vector<std::pair<std::filesystem::path, std::vector<std::size_t>>> files;
  const std::string prefix = "dec_tf_logits_" + tag + "_pos";
  for (const std::filesystem::directory_entry& entry :
       std::filesystem::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    if (!stem.starts_with(prefix)) continue;
    std::istringstream list(stem.substr(prefix.size()));
    std::vector<std::size_t> positions;
    for (std::string text; std::getline(list, text, '_');) positions.push_back(std::stoul(text));
    files.emplace_back(entry.path(), std::move(positions));
  }
  return files;
}

}  // namespace sotto::test
