// Data beside the project: reference outputs, recordings and models that are not part of it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sotto::test {

// Where the data is: $SOTTO_SHARED, or ../shared from the project's root.
inline std::filesystem::path shared_root() {
  const char* set = std::getenv("SOTTO_SHARED");
  if (set != nullptr && *set != '\0') return set;
  return std::filesystem::path(SOTTO_SOURCE_DIR).parent_path() / "shared";
}

inline bool shared_present(const std::string& relative) {
  std::error_code error;
  return std::filesystem::exists(shared_root() / relative, error);
}

// tools/test.sh sets this where the data is there: then a test that cannot find its part fails.
inline bool shared_required() { return std::getenv("SOTTO_REQUIRE_SHARED") != nullptr; }

}  // namespace sotto::test

// Skips the test, and says so, where ../shared lacks `relative`; fails where it must not.
#define SOTTO_NEEDS_SHARED(relative)                                       \
  do {                                                                     \
    if (!::sotto::test::shared_present(relative)) {                        \
      if (::sotto::test::shared_required()) {                              \
        FAIL() << "missing " << ::sotto::test::shared_root() / (relative); \
      }                                                                    \
      GTEST_SKIP() << "no " << ::sotto::test::shared_root() / (relative);  \
    }                                                                      \
  } while (false)
