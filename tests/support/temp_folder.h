// A folder of its own for a test that needs files.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::test {

// Made by the constructor, removed with its contents by the destructor.
class TempFolder {
 public:
  TempFolder() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("sotto-") + (info != nullptr ? info->name() : "test") + "-" +
                       std::to_string(::getpid());
    std::replace(name.begin(), name.end(), '/', '-');
    path_ = std::filesystem::temp_directory_path() / name;
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  std::size_t entries() const {
    const auto all = std::filesystem::directory_iterator(path_);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

 private:
  std::filesystem::path path_;
};

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void write_file(const std::filesystem::path& path, std::string_view contents) {
  std::ofstream file(path, std::ios::binary);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  ASSERT_TRUE(file.good()) << path;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sotto::test

// The result has failed with `error_code`, and its message contains `text`.
#define EXPECT_ERROR(result, error_code, text)                                              \
  do {                                                                                      \
    const auto& checked_result = (result);                                                  \
    ASSERT_FALSE(checked_result.has_value()) << "expected an error: " << (text);            \
    EXPECT_EQ(checked_result.error().code, (error_code)) << checked_result.error().message; \
    EXPECT_NE(checked_result.error().message.find(text), std::string::npos)                 \
        << checked_result.error().message << "\nlacks: " << (text);                         \
  } while (false)

#define ASSERT_OK(result) ASSERT_TRUE((result).has_value()) << (result).error().message
