// A lock between processes: an empty file that is there while somebody holds or waits for it.
#pragma once

#include <sotto/result.h>

#include <filesystem>
#include <functional>

namespace sotto::tools {

// Freed by the destructor, and by the system when the process ends however it ends.
class FileLock {
 public:
  // Waits for it while another process has it, after one call of `wait`. Errors: kIo.
  static Result<FileLock> take(const std::filesystem::path& file,
                               const std::function<void()>& wait);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  FileLock(std::filesystem::path file, int descriptor);
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace sotto::tools
